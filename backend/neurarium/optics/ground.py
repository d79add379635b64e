"""The ground that examples lie on, where a person can see it: the plane, or a line; cut into cells."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from neurarium.dataset import Arrays
from neurarium.optics.memory import Memory
from neurarium.optics.passes import Tensors
from neurarium.plane import DOMAIN, PlaneDataset
from neurarium.probe import ProbeError
from neurarium.training.view import View

_memory = Memory(kept=8)
"""A page looks at few sizes at a time."""
LOW, HIGH = DOMAIN
LINES, POINTS = 13, 25
"""Lines in each direction of a grid, and points along each."""


@runtime_checkable
class Encoder(Protocol):
    """A dataset that can say what a network would be told of any position."""

    def encode(self, positions: NDArray[np.float64]) -> Arrays:
        """Compute the network's inputs at positions (points × 2)."""


@dataclass(frozen=True)
class Ground:
    """The plane (Y and X), or a line (X) with targets as heights over it."""

    dataset: Encoder
    axes: tuple[str, ...]

    def shape(self, size: int) -> tuple[int, ...]:
        """Shape of a field."""
        return (size,) * len(self.axes)

    def cells(self, view: View, size: int) -> Tensors:
        """Encode the middle of every cell, row by row from the top left; computed once as long as the data stay."""
        like = next(view.network.parameters(), None)
        key = (size, None if like is None else (like.dtype, like.device))
        return _memory.recall(
            self.dataset, key, lambda: view.inputs(self.dataset.encode(self.middles(size)))
        )

    def middles(self, size: int) -> NDArray[np.float64]:
        """Find the middle of every cell, cells × 2."""
        along = LOW + (np.arange(size) + 0.5) * (HIGH - LOW) / size
        if len(self.axes) == 1:
            return np.stack([along, np.zeros(size)], axis=1)
        x1, x2 = np.meshgrid(along, along[::-1])
        return np.stack([x1.ravel(), x2.ravel()], axis=1)

    def cell_of(self, positions: NDArray[np.float64], size: int) -> NDArray[np.int64]:
        """Say in which cell each position lies; -1 outside of what is shown."""
        column = np.floor((positions[:, 0] - LOW) / (HIGH - LOW) * size).astype(np.int64)
        row = np.floor((HIGH - positions[:, 1]) / (HIGH - LOW) * size).astype(np.int64)
        row = np.zeros_like(row) if len(self.axes) == 1 else row
        inside = (column >= 0) & (column < size) & (row >= 0) & (row < size)
        return np.where(inside, row * size + column, -1)

    def grid(self) -> NDArray[np.float64]:
        """Lay lines over the ground, lines × points × 2: upright ones, then level ones; a line has just itself."""
        across, along = np.linspace(LOW, HIGH, LINES), np.linspace(LOW, HIGH, POINTS)
        if len(self.axes) == 1:
            return np.stack([along, np.zeros(POINTS)], axis=1)[None]
        upright = np.stack(np.broadcast_arrays(across[:, None], along), axis=-1)
        return np.concatenate([upright, upright[..., ::-1]])


def find_ground(view: View) -> Ground | None:
    """Return what the examples lie on; None for images, sequences and all else that has no place."""
    dataset = view.job.dataset
    if not isinstance(dataset, Encoder):
        return None
    return Ground(dataset, ("Y", "X") if isinstance(dataset, PlaneDataset) else ("X",))


def need_ground(view: View) -> Ground:
    """Return what the examples lie on, or raise ProbeError."""
    ground = find_ground(view)
    if ground is None:
        raise ProbeError(
            f"These examples ({view.job.dataset.title}) are no points in a plane or on a line: there is no map to draw."
        )
    return ground
