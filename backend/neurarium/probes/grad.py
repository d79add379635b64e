"""What flows back: how the loss would change with every value."""

import math
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from neurarium.probe import Frame, Picture, Probe, Reading, signed

if TYPE_CHECKING:
    from neurarium.optics.examples import Gathering
    from neurarium.optics.stage import Stage
    from neurarium.training.view import View

LARGEST = 4096
"""Cells that travel as floats; more become uint8, for colours only."""
MOST = 64
"""Stages shown at once, where no node was asked for."""
WIDEST = 256
"""Units of a stage whose field is shown."""


class Grad(Probe):
    """The gradient on its way back: for the pinned example, and for all training points where they lie."""

    kind: Literal["grad"] = "grad"
    rate: ClassVar = 5.0
    field: int = Field(
        default=25,
        ge=8,
        le=160,
        description="How many cells there are along each side of the plane.",
    )
    says: ClassVar = {
        "shrinks": ("example", "loss", "last", "first", "factor"),
        "grows": ("example", "loss", "last", "first", "factor"),
        "one": ("example", "loss", "node", "gradient"),
        "none": ("example", "loss"),
    }

    def look(self, view: "View") -> Frame:
        """Differentiate losses by what flows through the network, in a pass of its own."""
        from neurarium.optics.examples import gather
        from neurarium.optics.stage import find, stages

        everything = gather(view.examples)
        row = everything.row(self.example)
        known = stages(view.network)
        chosen = known[:MOST] if self.node is None else (find(view.network, self.node),)
        loss, slopes = _back(view, everything, np.array([row]), [stage.end for stage in chosen])

        pictures = []
        for stage in chosen:
            values = slopes[stage.end][0]
            dtype: Literal["uint8", "float32"] = "float32" if values.size <= LARGEST else "uint8"
            pictures.append(signed("grad", stage.path, tuple(stage.spec.axes), values, dtype))
        pictures.extend(self._fields(view, everything, chosen))
        example = int(everything.ids[row])
        reading = self._reading(chosen, slopes, example, loss)
        details = {"loss": loss, "left_out": max(0, len(known) - MOST)}
        return Frame(view.step, tuple(pictures), reading, example, details=details)

    def _fields(
        self, view: "View", everything: "Gathering", chosen: "tuple[Stage, ...]"
    ) -> list[Picture]:
        """Add up the gradients of the training points in every cell of the ground, if there is one."""
        from neurarium.optics.ground import find_ground

        ground = find_ground(view)
        if ground is None:
            return []
        rows = np.flatnonzero(~everything.held_out)
        cell = ground.cell_of(everything.arrays["position"][rows], self.field)
        _, slopes = _back(view, everything, rows, [stage.end for stage in chosen])
        shape = ground.shape(self.field)
        pictures = []
        for stage in chosen:
            units = slopes[stage.end].reshape(len(rows), -1)[:, :WIDEST]
            sums = np.zeros((math.prod(shape), units.shape[1]))
            np.add.at(sums, cell[cell >= 0], units[cell >= 0])
            field = sums.T.reshape(-1, *shape)
            pictures.append(signed("grad_field", stage.path, ("D", *ground.axes), field, "uint8"))
        return pictures

    def _reading(
        self,
        chosen: "tuple[Stage, ...]",
        slopes: "dict[str, NDArray[np.generic]]",
        example: int,
        loss: float,
    ) -> Reading:
        """Compare the ends of the way back."""
        sizes = {stage.path: float(np.linalg.norm(slopes[stage.end])) for stage in chosen}
        teachable = [stage for stage in chosen if stage.parameters] or list(chosen)
        first, last = teachable[0].path, teachable[-1].path
        if not sizes[last]:
            return self.say("none", example=example, loss=loss)
        if first == last:
            values = slopes[teachable[0].end].reshape(-1)
            greatest = float(values[np.argmax(np.abs(values))])
            return self.say("one", example=example, loss=loss, node=first, gradient=greatest)
        factor = sizes[first] / sizes[last]
        sentence = "shrinks" if factor < 1 else "grows"
        return self.say(sentence, example=example, loss=loss, last=last, first=first, factor=factor)


def _back(
    view: "View", everything: "Gathering", rows: NDArray[np.int64], paths: list[str]
) -> "tuple[float, dict[str, NDArray[np.generic]]]":
    """Compute the sum of some examples' losses, and each one's gradient at some paths."""
    import torch

    from neurarium.optics.passes import ROWS, gradients, losses, numbers, trace

    total, parts = 0.0, []
    for start in range(0, len(rows), ROWS):
        batch = view.inputs(everything.pick(rows[start : start + ROWS]))
        outputs, taps = trace(view, batch, paths)
        with torch.enable_grad():
            loss = losses(view, outputs, batch).sum()
        total += float(loss.detach())
        parts.append({path: numbers(value) for path, value in gradients(loss, taps).items()})
    return total, {path: np.concatenate([part[path] for part in parts]) for path in paths}
