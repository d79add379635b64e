"""Where activations are flat: there a unit hears examples but can hardly be taught by them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from neurarium.optics.passes import see
from neurarium.optics.stage import Stage, bounds, slopes, steepest
from neurarium.training.trimming import trimmed
from neurarium.training.view import View
from neurarium_models.tensor import unit_axis

if TYPE_CHECKING:
    from neurarium_models.network import Network

FLAT = 0.04
"""Slope, as a share of the steepest, below which an activation counts as flat: beyond ±0.98 of tanh."""
EXAMPLES = 1024
"""Training examples that are looked at, at most; they lie evenly in the set."""
SENTENCES = 128
"""The same where they are sentences."""


@dataclass(frozen=True)
class Activity:
    """How alive a stage is over the training examples."""

    saturated: float
    """Share of values on the flat ends of a bounded activation."""
    silent: int
    """Units whose slope is 0 for every example: no gradient passes, nothing teaches them."""
    units: int


def activity(view: View, chosen: Sequence[Stage], examples: int = EXAMPLES) -> dict[str, Activity]:
    """Measure some stages, by path."""
    train = view.examples.train
    most = min(examples, SENTENCES) if view.network.graph.reads_tokens else examples
    rows = np.unique(np.linspace(0, len(train) - 1, min(most, len(train))).astype(int))
    batch = view.inputs({name: array[rows] for name, array in train.arrays.items()})
    _, taps = see(view, trimmed(batch, view.network), [stage.path for stage in chosen])
    return {stage.path: _measure(view.network, stage, taps[stage.path]) for stage in chosen}


def flat(network: "Network", stage: Stage, sums: Tensor) -> Tensor:
    """Say at which sums the stage's activation is flat; nowhere if it has no slope to lose (none at all, or a step)."""
    if not stage.activations or not steepest(network, stage):
        return torch.zeros_like(sums, dtype=torch.bool)
    return slopes(network, stage, sums).abs() <= FLAT * steepest(network, stage)


def _measure(network: "Network", stage: Stage, sums: Tensor) -> Activity:
    axis = unit_axis(stage.spec) + 1 if stage.spec.axes else 0
    units = sums.shape[axis] if axis else 1
    if not stage.activations or not steepest(network, stage):
        return Activity(0.0, 0, units)
    slope = slopes(network, stage, sums).abs()
    moved = slope.movedim(axis, 0).reshape(units, -1) if axis else slope.reshape(1, -1)
    silent = int((moved == 0).all(1).sum())
    bounded = bounds(network, stage) is not None
    share = float((slope <= FLAT * steepest(network, stage)).float().mean()) if bounded else 0.0
    return Activity(share, silent, units)
