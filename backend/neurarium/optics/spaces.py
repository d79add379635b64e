"""Pictures of spaces of many dimensions: the two directions in which most is to be seen."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.float64]
ENOUGH = 512
"""Points from which directions are found; the work grows with their square, and more would hardly turn them."""


@dataclass(frozen=True, eq=False)
class Projection:
    """Two directions through the middle of some points (Karl Pearson's principal axes, 1901)."""

    middle: Rows
    axes: Rows
    """D × 2; a column of zeros where there is no second direction."""
    kept: float
    """Share of the variance that the two directions hold."""

    def __call__(self, points: Rows) -> Rows:
        """Project points × D to points × 2."""
        return (points - self.middle) @ self.axes


def principal(points: Rows, guide: Rows | None) -> Projection:
    """Find the two principal axes; each points where the guide (points × 2) grows, so that pictures do not flip."""
    middle = points.mean(axis=0)
    axes, variances = _axes(points - middle)
    _orient(points - middle, axes, guide)
    return Projection(middle, axes, _share(variances[:2].sum(), variances.sum()))


def beside(points: Rows, direction: Rows, guide: Rows | None) -> Projection:
    """Take one direction as it is, of any length, and the principal axis of what it leaves over."""
    middle = points.mean(axis=0)
    centred = points - middle
    unit = direction / (np.linalg.norm(direction) or 1.0)
    along = centred @ unit
    rest = centred - np.outer(along, unit)
    axes, variances = _axes(rest)
    _orient(rest, axes, None if guide is None else guide[:, ::-1])
    total = np.square(centred).sum()
    return Projection(
        middle,
        np.stack([direction, axes[:, 0]], axis=1),
        _share(np.square(along).sum() + variances[0], total),
    )


def _axes(centred: Rows) -> tuple[Rows, Rows]:
    """Find two directions as columns, and the sums of squares along all of them, the greatest first."""
    points = np.nan_to_num(centred[:: -(-len(centred) // ENOUGH) or 1])
    wide = points.shape[1] > points.shape[0]
    squares, vectors = np.linalg.eigh(points @ points.T if wide else points.T @ points)
    squares, vectors = np.maximum(squares[::-1], 0), vectors[:, ::-1][:, :2]
    whole = len(centred) / max(len(points), 1)
    lengths = np.sqrt(squares[:2])
    found = points.T @ vectors / np.where(lengths > 0, lengths, 1) if wide else vectors
    axes = np.zeros((points.shape[1], 2))
    axes[:, : found.shape[1]] = np.where(lengths > 1e-7 * max(1.0, float(lengths[0])), found, 0)
    return axes, squares * whole


def _orient(centred: Rows, axes: Rows, guide: Rows | None) -> None:
    for column in range(2):
        if guide is None:
            lean = axes[np.argmax(np.abs(axes[:, column])), column]
        else:
            lean = (centred @ axes[:, column]) @ guide[:, column]
        if lean < 0:
            axes[:, column] *= -1


def _share(part: float, whole: float) -> float:
    return float(part / whole) if whole > 0 else 1.0
