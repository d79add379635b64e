"""The examples as training meets them: epoch after epoch, each in an order of its own, batch by batch."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from neurarium.dataset import Arrays, Split
from neurarium.training import job
from neurarium.training.budget import GATHER_AT_ONCE
from neurarium.training.order import moved_offset, visits

DRAWN_ONLY = {"position"}
"""Arrays that only people look at."""

Tensors = dict[str, Tensor]


def to_tensors(arrays: Arrays, device: torch.device, dtype: torch.dtype) -> Tensors:
    """Bring named arrays to a device; floating-point numbers take the precision of the run."""
    result = {}
    for name, array in arrays.items():
        if name not in DRAWN_ONLY:
            tensor = torch.from_numpy(np.ascontiguousarray(array))
            wanted = dtype if tensor.is_floating_point() else tensor.dtype
            # A copy, as torch aligns its memory and the last bits of a matrix product depend on that.
            result[name] = tensor.to(device, wanted, copy=True)
    return result


@dataclass(frozen=True)
class Batch:
    """The examples of one step, in order."""

    ids: NDArray[np.int64]
    tensors: Tensors


class Plan(NamedTuple):
    """Batches to come: batch `i` holds the examples at `order[starts[i] : starts[i] + counts[i]]`."""

    order: NDArray[np.intp]
    starts: NDArray[np.int64]
    counts: NDArray[np.int64]


class Stream:
    """Where training stands in the data: `epoch` are over, and `offset` examples of the next were seen.

    A batch never crosses the border of an epoch: the last one of an epoch may be smaller.
    """

    def __init__(
        self, split: Split, tensors: Tensors, seed: int, policy: job.Batch | None = None
    ) -> None:
        self.split = split
        self.tensors = tensors
        self.seed = seed
        self.policy = policy or job.Batch()
        self.nbytes = sum(tensor.nbytes for tensor in tensors.values())
        self.epoch = 0
        self.offset = 0
        self._order: NDArray[np.intp] | None = None
        self._gathered: Tensors | None = None

    @property
    def ids(self) -> NDArray[np.int64]:
        """The examples of an epoch, in the order of the data."""
        return self.split.ids

    def __len__(self) -> int:
        """Count the examples of an epoch."""
        return len(self.ids)

    def seek(self, epoch: int, offset: int) -> None:
        """Go to a place in the stream."""
        self.epoch, self.offset = epoch, offset
        self._order = self._gathered = None

    def replace(self, split: Split, tensors: Tensors) -> None:
        """Go on with other examples in the middle of the epoch: nothing is seen twice in it.

        In buckets, others are neighbours then, so that a new epoch begins.
        """
        offset = moved_offset(self.offset, self.ids, split.ids, self.seed, self.epoch)
        self.split, self.tensors = split, tensors
        self.nbytes = sum(tensor.nbytes for tensor in tensors.values())
        at_end = offset >= len(split.ids) or (offset > 0 and self.policy.buckets)
        self.seek(self.epoch + at_end, 0 if at_end else offset)

    def regroup(self, policy: job.Batch) -> None:
        """Make batches by another policy from here on; where buckets come, go or grow, a new epoch begins."""
        before, self.policy = self.policy, policy
        if before != policy and (before.buckets or policy.buckets):
            self.seek(self.epoch + (self.offset > 0), 0)

    def peek(self, count: int) -> Batch:
        """Show the next `count` examples, or what is left of the epoch."""
        if self.offset == 0 and count >= len(self.ids):
            return Batch(self.ids, self.tensors)  # all of them: their order does not matter
        order = self._in_order()
        end = self.offset + count
        places = order[self.offset : end]
        if self._gathered is None and self.nbytes <= GATHER_AT_ONCE:
            self._gathered = _gather(self.tensors, order)
        if self._gathered is not None:
            tensors = {name: tensor[self.offset : end] for name, tensor in self._gathered.items()}
        else:
            tensors = _gather(self.tensors, places)
        return Batch(self.ids[places], tensors)

    def upcoming(self, count: int) -> Batch:
        """Show the next `count` examples; where the epoch has fewer left, its last ones."""
        offset = max(0, min(self.offset, len(self.ids) - count))
        if offset == self.offset:
            return self.peek(count)
        places = self._in_order()[offset : offset + count]
        return Batch(self.ids[places], _gather(self.tensors, places))

    def plan(self, count: int, steps: int) -> Plan:
        """Look `steps` batches of `count` examples ahead, over the borders of epochs; fewer where they change."""
        size = len(self.ids)
        if count >= size:
            steps = 1 if self.offset else steps
            order = self._in_order() if self.offset else np.arange(size)
            starts = np.full(steps, self.offset)
            return Plan(order, starts, np.full(steps, size - self.offset))
        here = np.arange(self.offset, size, count)
        more = -(-max(steps - len(here), 0) // -(-size // count))
        following = visits(
            self.split, self.policy, self.seed, range(self.epoch + 1, self.epoch + 1 + more)
        )
        order = np.concatenate([self._in_order(), following])
        later = np.add.outer(size * np.arange(1, more + 1), np.arange(0, size, count)).ravel()
        starts = np.concatenate([here, later])[:steps]
        return Plan(order, starts, np.minimum(count, size - starts % size))

    def follow(self, plan: Plan, taken: int) -> None:
        """Leave behind the first batches of a plan that was made here and now."""
        size = len(self.ids)
        if len(plan.order) == size and plan.counts[0] == size:
            self.seek(self.epoch + taken, 0)
            return
        passed, offset = divmod(int(plan.starts[taken - 1] + plan.counts[taken - 1]), size)
        if passed:
            self.seek(self.epoch + passed, offset)
            if offset:
                self._order = plan.order[passed * size : (passed + 1) * size]
        self.offset = offset

    def advance(self, count: int) -> None:
        """Leave behind the `count` examples that a step has used."""
        self.offset += count
        if self.offset >= len(self.ids):
            self.seek(self.epoch + 1, 0)

    def _in_order(self) -> NDArray[np.intp]:
        if self._order is None:
            epochs = range(self.epoch, self.epoch + 1)
            self._order = visits(self.split, self.policy, self.seed, epochs)
        return self._order


def _gather(tensors: Tensors, places: NDArray[np.intp]) -> Tensors:
    return {
        name: tensor[torch.from_numpy(places).to(tensor.device)] for name, tensor in tensors.items()
    }
