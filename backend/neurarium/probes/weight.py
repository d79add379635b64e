"""What a network has learned: its parameters, their gradients and their latest change."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from neurarium.probe import Frame, Picture, Probe, Reading, signed

if TYPE_CHECKING:
    from torch import Tensor

    from neurarium.training.view import View

AXES = {0: (), 1: ("O",), 2: ("O", "I"), 3: ("O", "I", "W"), 4: ("O", "I", "H", "W")}
"""Outputs and inputs of a layer, and the rows and columns of its window."""
LARGEST = 20_000
"""Numbers of a parameter that are shown one by one; above, blocks are averaged."""
THUMBNAIL = 64
MOST = 64
"""Parameters shown at once, where no node was asked for."""


class Weight(Probe):
    """Every parameter of a node, or of all: its values, the gradient that came last, and what the step added."""

    kind: Literal["weight"] = "weight"
    observes_step: ClassVar = True
    says: ClassVar = {
        "largest": ("parameter", "row", "column", "value"),
        "moved": ("parameter", "row", "column", "value", "update"),
        "still": ("parameter", "row", "column", "value"),
        "none": (),
    }

    def look(self, view: "View") -> Frame:
        """Show the parameters as they are; gradients and updates if the step that led here was observed."""
        from neurarium.optics.stage import find, stages

        chosen = stages(view.network) if self.node is None else (find(view.network, self.node),)
        paths = [path for stage in chosen for path in stage.parameters]
        known = dict(view.network.named_parameters(remove_duplicate=False))
        pictures: list[Picture] = []
        for path in paths[:MOST]:
            pictures.append(_picture("weight", path, known[path]))
            if view.observation and path in view.observation.updates:
                pictures.append(_picture("grad", path, view.observation.gradients[path]))
                pictures.append(_picture("update", path, view.observation.updates[path]))
        shapes = {path: list(known[path].shape) for path in paths[:MOST]}
        details = {"shapes": shapes, "left_out": max(0, len(paths) - MOST)}
        return Frame(view.step, tuple(pictures), self._reading(view, known, paths), details=details)

    def _reading(self, view: "View", known: "Mapping[str, Tensor]", paths: list[str]) -> Reading:
        if not paths:
            return self.say("none")
        updates = view.observation.updates if view.observation else {}
        changed = {path: updates[path] for path in paths if path in updates and updates[path].any()}
        if changed:
            path, row, column = _largest(changed)
            value, change = (
                float(tensor.reshape(_rows(tensor), -1)[row, column])
                for tensor in (known[path].detach(), changed[path])
            )
            return self.say(
                "moved", parameter=path, row=row, column=column, value=value, update=change
            )
        path, row, column = _largest({path: known[path].detach() for path in paths})
        value = float(known[path].detach().reshape(_rows(known[path]), -1)[row, column])
        sentence = "still" if updates else "largest"
        return self.say(sentence, parameter=path, row=row, column=column, value=value)


def _largest(tensors: "Mapping[str, Tensor]") -> tuple[str, int, int]:
    """Find the number of greatest size: its parameter, the row (output), and the column among all others."""
    path = max(tensors, key=lambda path: float(tensors[path].abs().max()))
    rows = tensors[path].reshape(_rows(tensors[path]), -1)
    row, column = divmod(int(rows.abs().argmax()), rows.shape[1])
    return path, row, column


def _rows(tensor: "Tensor") -> int:
    return tensor.shape[0] if tensor.ndim else 1


def _picture(name: str, path: str, tensor: "Tensor") -> Picture:
    from neurarium.optics.passes import numbers

    values = numbers(tensor).copy()  # the run goes on with its own
    axes = AXES.get(values.ndim, tuple(f"A{axis}" for axis in range(values.ndim)))
    if values.size <= LARGEST:
        return signed(name, path, axes, values)
    return signed(name, path, ("O", "I"), thumbnail(values), "uint8")


def thumbnail(values: NDArray[np.generic]) -> NDArray[np.float64]:
    """Average a parameter in blocks, seen as rows of outputs and columns of everything else, to at most 64×64."""
    wide = values.reshape(len(values), -1).astype(np.float64)
    for axis in (0, 1):
        length = wide.shape[axis]
        starts = np.arange(0, length, math.ceil(length / THUMBNAIL))
        sizes = np.diff(np.append(starts, length)).reshape((-1, 1) if axis == 0 else (1, -1))
        wide = np.add.reduceat(wide, starts, axis=axis) / sizes
    return wide
