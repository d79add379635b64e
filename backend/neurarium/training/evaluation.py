"""How good the network is on whole sets: losses and metrics over all training and all held-out examples."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from neurarium.training.budget import LARGEST_EVALUATION, evaluated_at_once
from neurarium.training.job import Job
from neurarium.training.stream import Tensors
from neurarium.training.trimming import lengths, trimmed

if TYPE_CHECKING:
    from neurarium.training.engine.contract import Engine
    from neurarium_models.network import Network

SPACING = 10
"""An evaluation may cost as much as a tenth of the steps since the last one."""
SHARE = 200
"""From step 2,000 on, evaluations are 1/200 of the steps so far apart: nobody sees more points than that."""
PASS = 2_000_000
"""What it costs to send anything at all through a network, in floating-point operations."""


def spacing(flops: int, batch: int, count: int) -> int:
    """Say how many steps apart evaluations are: a rule in whole numbers, so that a run repeats them exactly.

    `flops` is what one example costs forward; it costs twice that backward. `batch` examples are in a step, `count` in
    both whole sets.
    """
    step = PASS + 3 * flops * batch
    whole = PASS * math.ceil(count / LARGEST_EVALUATION) + flops * count
    return max(SPACING, SPACING * whole // step)


class Evaluation:
    """Both sets, ready to go through the network together."""

    def __init__(self, train: Tensors, validation: Tensors) -> None:
        self.train = len(next(iter(train.values())))
        parts = _by_length(train), _by_length(validation)
        self.tensors = {name: torch.cat([part[name] for part in parts]) for name in train}
        self.count = len(next(iter(self.tensors.values())))

    def is_due(self, step: int, evaluated: int, flops: int, batch: int) -> bool:
        """Say whether an epoch's end at `step` is far enough from the last evaluation."""
        return step >= self.earliest(step, evaluated, flops, batch)

    def earliest(self, step: int, evaluated: int, flops: int, batch: int) -> int:
        """Before which step none is due, seen from `step`: later it may only be later."""
        return evaluated + max(spacing(flops, batch, self.count), step // SHARE)

    def run(self, engine: "Engine", network: "Network", job: Job) -> dict[str, float]:
        """Means over each whole set: `train_loss`, `validation_loss`, `train_accuracy`, ... The penalty is no part."""
        network.eval()
        with torch.no_grad():
            size = evaluated_at_once(job)
            parts = [
                {name: each[start : start + size] for name, each in self.tensors.items()}
                for start in range(0, self.count, size)
            ]
            chunks = [self._chunk(engine, network, job, part) for part in parts]
            columns = {name: torch.cat([chunk[name] for chunk in chunks]) for name in chunks[0]}
            return self.means(columns)[0]

    def means(self, columns: Tensors) -> list[dict[str, float]]:
        """Of columns (..., examples) the means over each whole set, for each replica."""
        means = [
            (f"{part}_{name}", values.mean(-1).reshape(-1))
            for name, column in columns.items()
            for part, values in (
                ("train", column[..., : self.train]),
                ("validation", column[..., self.train :]),
            )
            if values.shape[-1]
        ]
        rows = torch.stack([mean for _, mean in means], -1).tolist()  # one wait for the device
        return [dict(zip([name for name, _ in means], row, strict=True)) for row in rows]

    def _chunk(self, engine: "Engine", network: "Network", job: Job, part: Tensors) -> Tensors:
        batch = trimmed(part, network)
        return self.columns(engine.forward(batch), batch, job)

    def columns(self, outputs: Mapping[str, Tensor], batch: Tensors, job: Job) -> Tensors:
        """Loss and metrics of each example, with all leading axes of the outputs."""
        losses = job.task.losses(outputs, batch, job.loss.per_example)
        metrics = job.task.metrics(outputs, batch)
        return {"loss": total(losses)} | {
            name: value.to(batch_dtype(losses)) for name, value in metrics.items()
        }


def _by_length(tensors: Tensors) -> Tensors:
    """Sort examples by length, so that those that go through the network together are alike."""
    masks = {
        name: tensor.cpu().numpy() for name, tensor in tensors.items() if tensor.dtype == torch.bool
    }
    found = lengths(tensors | masks)
    if found is None:
        return tensors
    order = torch.from_numpy(np.argsort(found, kind="stable"))
    return {name: tensor[order.to(tensor.device)] for name, tensor in tensors.items()}


def total(losses: dict[str, Tensor]) -> Tensor:
    """Add up several losses, example by example."""
    first, *others = losses.values()
    return sum(others, first)


def batch_dtype(losses: dict[str, Tensor]) -> torch.dtype:
    """Tell the precision in which losses come."""
    return next(iter(losses.values())).dtype
