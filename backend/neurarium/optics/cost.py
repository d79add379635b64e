"""The loss as a function of one number of an output."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from neurarium.dataset import ClassTarget, RealTarget
from neurarium.optics.answers import Answers
from neurarium.probe import ProbeError
from neurarium.training.view import View

Row = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Track:
    """What moves: one number of the output, for each example its own."""

    name: str
    """The output of the network."""
    outputs: Tensor
    """Examples × width, float64."""
    targets: Tensor
    column: NDArray[np.int64]
    """Which number of each example's output moves."""

    @property
    def moving(self) -> Row:
        """Where each example stands."""
        row: Row = self.outputs.numpy()[np.arange(len(self.column)), self.column]
        return row


def lay_track(
    view: View, answers: Answers, targets: NDArray[np.generic] | None, unit: int
) -> Track:
    """Choose what moves: the only unit, the unit of the example's own class, or one number of several."""
    kind = view.job.dataset.target()
    if (
        len(answers.outputs) != 1
        or targets is None
        or not isinstance(kind, (ClassTarget, RealTarget))
    ):
        raise ProbeError(
            "This loss compares more than one output with one target, so it is no curve."
        )
    (name, outputs), *_ = answers.outputs.items()
    wide = outputs.detach().cpu().double()
    if wide.ndim != 2 or (unit >= wide.shape[1] and isinstance(kind, RealTarget)):
        raise ProbeError(
            f"The output has {wide.shape[-1]} numbers, counted from 0: there is no number {unit}."
        )
    wanted = torch.from_numpy(np.ascontiguousarray(targets))
    wanted = wanted.double() if wanted.is_floating_point() else wanted
    if isinstance(kind, RealTarget):
        column = np.full(len(wide), unit)
    else:
        column = wanted.numpy() if wide.shape[1] > 1 else np.zeros(len(wide), dtype=np.int64)
    return Track(name, wide, wanted, column)


def curves(track: Track, row: int, classes: int) -> tuple[list[Tensor], int]:
    """List the targets that have a curve of their own, and which of them is the example's."""
    if track.outputs.shape[1] == 1 and not track.targets.is_floating_point():
        return [torch.tensor(label) for label in range(classes)], int(track.targets[row])
    return [track.targets[row]], 0


def ride(view: View, track: Track, row: int, along: Row, target: Tensor) -> tuple[Row, Row]:
    """Compute loss and slope while one number of an example's output moves along and the others stay."""
    outputs = track.outputs[row].repeat(len(along), 1)
    outputs[:, int(track.column[row])] = torch.from_numpy(along)
    loss, slope = _differentiate(view, track, outputs, target.expand(len(along), *target.shape))
    return loss, slope[:, int(track.column[row])]


def pulls(view: View, track: Track, rows: NDArray[np.bool_]) -> Row:
    """Compute the slope of each example's own loss where it stands."""
    chosen = torch.from_numpy(rows)
    _, slope = _differentiate(view, track, track.outputs[chosen], track.targets[chosen])
    found: Row = slope[np.arange(len(slope)), track.column[rows]]
    return found


def _differentiate(view: View, track: Track, outputs: Tensor, targets: Tensor) -> tuple[Row, Row]:
    leaf = outputs.detach().clone().requires_grad_()
    with torch.enable_grad():
        losses = view.job.task.losses({track.name: leaf}, {"y": targets}, view.job.loss.per_example)
        each = torch.stack(list(losses.values())).sum(0)
        (slope,) = torch.autograd.grad(each.sum(), leaf)
    return each.detach().numpy() + 0.0, slope.numpy() + 0.0  # -0 is nothing to read
