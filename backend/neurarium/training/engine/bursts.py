"""Many recorded steps of a chain at one call: the card is asked once, at the end, what they have cost.

Each step is one recording. Which examples it sees, at which learning rate, and where it notes what it has cost, it
reads from tables on the card by a counter there. A step whose loss or penalty are not finite moves nothing, and
neither do those behind it, so that the run stands where it would have stopped.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from neurarium.training.engine.chain import Chain, Unsuited
from neurarium.training.engine.contract import Burst, Memory, Repeating
from neurarium.training.engine.recorded import Recorded
from neurarium.training.engine.recorder import Recorder, Recording
from neurarium.training.job import Job
from neurarium.training.stream import Plan, Tensors
from neurarium_models.network import Network

MOST = 1024
"""Steps of one call, at most."""
SIZES = 4
"""Sizes of batches whose recordings are kept: the job's, the last of an epoch, one example, and one more."""


class Tables:
    """What the steps of a call read and note, on the device."""

    def __init__(self, like: Tensor, examples: int) -> None:
        whole = partial(torch.zeros, dtype=torch.int64, device=like.device)
        self.order, self.starts = whole(examples), whole(MOST)
        """The plan: a batch begins in the order where its start says."""
        self.lrs = torch.zeros(MOST, dtype=torch.float64, device=like.device)
        self.at = whole(1)
        """The step under way."""
        self.alive = torch.ones(1, dtype=torch.bool, device=like.device)
        """Whether everything was finite so far."""
        self.told = like.new_zeros(MOST, 2)
        """Mean loss and penalty of each step."""
        self.rows = torch.arange(MOST, device=like.device)[:, None]
        self.places = torch.arange(examples, device=like.device)

    def begin(self, plan: Plan, lrs: NDArray[np.float64]) -> None:
        """Lay a plan out."""
        self.order[: len(plan.order)] = torch.from_numpy(plan.order)
        self.starts[: len(lrs)] = torch.from_numpy(plan.starts[: len(lrs)])
        self.lrs[: len(lrs)] = torch.from_numpy(lrs)
        self.at.zero_()
        self.alive.fill_(True)

    def chosen(self, count: int) -> Tensor:
        """Say which examples the step under way sees."""
        return self.order.index_select(
            0, self.starts.index_select(0, self.at) + self.places[:count]
        )

    def note(self, told: Tensor) -> None:
        """Write down what the step under way has cost."""
        self.told.copy_(torch.where(self.rows == self.at, told, self.told))
        self.alive.logical_and_(told.double().sum().isfinite())


class Bursts(Recorded, Repeating):
    """Recorded steps of a chain, which draws nothing at random and notes nothing down."""

    def __init__(self, network: Network, job: Job, recorder: Recorder | None = None) -> None:
        super().__init__(network, job, recorder)
        if not isinstance(self.inner, Chain):
            raise Unsuited
        self.strides: dict[int, Recording[None]] = {}
        """By the size of the batch."""
        self.tables: Tables | None = None
        self.examples: Tensors | None = None

    @property
    def recordings(self) -> list[Recording[Any]]:
        """All of them."""
        return [*super().recordings, *self.strides.values()]

    def burst(self, examples: Tensors, plan: Plan, lrs: NDArray[np.float64]) -> Burst:
        """Take the steps of a plan."""
        tables, lrs = self._tables(examples, len(plan.order)), lrs[:MOST]
        tables.begin(plan, lrs)
        for count in plan.counts[: len(lrs)].tolist():
            self._stride(tables, count)()
        self.given = None  # the learning rate is that of the last step now
        told = tables.told[: len(lrs)].double().cpu().numpy()
        broken = np.flatnonzero(~np.isfinite(told.sum(1)))
        taken = int(broken[0]) if len(broken) else len(lrs)
        self.rule.has_moved = self.rule.has_moved or taken > 0
        return Burst(taken, told[:taken, 0], told[:taken, 1])

    def remember(self, memory: Memory) -> None:
        """Join the entries of all parameters."""
        super().remember(memory)
        self.strides.clear()

    def _tables(self, examples: Tensors, length: int) -> Tables:
        """Make room for a plan; where tables lie elsewhere then, all is recorded anew."""
        if self.tables is None or len(self.tables.order) < length:
            self.tables = Tables(self.gradient, 2 * length)
            self.strides.clear()
        if self.examples is not examples:
            self.examples = examples
            self.strides.clear()
        return self.tables

    def _stride(self, tables: Tables, count: int) -> Callable[[], None]:
        if count not in self.strides:
            while len(self.strides) >= SIZES:
                self.strides.pop(next(iter(self.strides)))
            work = partial(self._step, tables, self.examples or {}, count)
            self.strides[count] = Recording(self.recorder, work, self.device)
        return self.strides[count]

    def _step(self, tables: Tables, examples: Tensors, count: int) -> None:
        """Take one step, if all was finite so far and is now."""
        rule, chosen = self.rule, tables.chosen(count)
        rule.lr.copy_(tables.lrs.index_select(0, tables.at)[0])
        batch = {name: each.index_select(0, chosen) for name, each in examples.items()}
        tables.note(self._learn(batch)[1])
        moved = rule.vector, rule.count, *rule.held.values()
        before = [each.clone() for each in moved]
        self._move()
        for now, then in zip(moved, before, strict=True):
            now.copy_(torch.where(tables.alive.view(()), now, then))
        tables.at.add_(1)
