"""The receptive field of one cell."""

from collections.abc import Collection
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from neurarium.probe import Frame, Picture, Probe, ProbeError, Reading, amounts

if TYPE_CHECKING:
    from neurarium.optics.cell import Cell
    from neurarium.optics.stage import Stage
    from neurarium.training.view import View

Window = tuple[int, int, int, int]
"""Top, left, bottom and right, inclusive."""


class ReceptiveField(Probe):
    """What a cell can see of every stage before it and of the picture, and how much each pixel really moves it."""

    kind: Literal["rf"] = "rf"
    rate: ClassVar = 4.0
    unit: int = Field(default=0, ge=0, le=2**31, description="Which unit of the stage.")
    place: int | None = Field(
        default=None,
        ge=0,
        le=2**31,
        description="Which of its cells, where it has several; none: the middle one.",
    )
    says: ClassVar = {
        "sees": ("example", "node", "unit", "height", "width", "rows", "columns", "share"),
        "deaf": ("example", "node", "unit", "height", "width", "rows", "columns"),
    }

    def look(self, view: "View") -> Frame:
        """Hand the cell's box back from layer to layer; differentiate the cell by the pixels of the example."""
        from neurarium.optics.cell import locate
        from neurarium.optics.examples import gather
        from neurarium.optics.field import fields
        from neurarium.optics.stage import find

        stage = find(view.network, self.node, learns=True)
        cell = locate(stage, self.unit, self.place)
        seen = fields(view.network, stage, cell)
        given = {name: seen[name].window for name in view.job.graph.inputs if name in seen}
        inputs = {name: window for name, window in given.items() if window}
        if not inputs:
            raise ProbeError("A receptive field lies on a picture; this network is given none.")
        everything = gather(view.examples)
        row = everything.row(self.example)
        slopes = self._measure(view, stage, cell, row, inputs)
        pictures: list[Picture] = [
            amounts("slope", name, ("H", "W"), slopes[name]) for name in inputs
        ]
        example = int(everything.ids[row])
        details: dict[str, Any] = {
            "unit": cell.unit,
            "place": cell.place,
            "windows": {
                name: {"window": field.window, "size": field.size, "shape": list(field.spec.shape)}
                for name, field in seen.items()
                if field.window
            },
        }
        name, window = next(iter(inputs.items()))
        reading = self._reading(stage, window, slopes[name], example)
        return Frame(view.step, tuple(pictures), reading, example, details=details)

    def _measure(
        self, view: "View", stage: "Stage", cell: "Cell", row: int, inputs: Collection[str]
    ) -> dict[str, NDArray[Any]]:
        """Differentiate the sum by every pixel; what the channels of a pixel do is added up without signs."""
        import torch

        from neurarium.optics.examples import gather
        from neurarium.optics.passes import gradients, numbers, trace

        batch = view.inputs(gather(view.examples).pick(slice(row, row + 1)))
        _, taps = trace(view, batch, [stage.path, *inputs])
        with torch.enable_grad():
            found = gradients(taps[stage.path][(0, *cell.index)], {n: taps[n] for n in inputs})
        slopes = {}
        for name, slope in found.items():
            axes = view.job.graph.inputs[name].axes
            others = tuple(at for at, axis in enumerate(axes) if axis not in ("H", "W"))
            slopes[name] = np.abs(numbers(slope[0])).sum(axis=others)
        return slopes

    def _reading(
        self, stage: "Stage", window: Window, slope: NDArray[Any], example: int
    ) -> Reading:
        """Say what it sees, and how much of what moves it lies in the middle half of that, each way."""
        top, left, bottom, right = window
        height, width = bottom - top + 1, right - left + 1
        what: dict[str, float | int | str] = {
            "example": example,
            "node": stage.path,
            "unit": self.unit,
            "height": height,
            "width": width,
            "rows": slope.shape[0],
            "columns": slope.shape[1],
        }
        total = float(slope.sum())
        if not total:
            return self.say("deaf", **what)
        inner = slope[
            top + height // 4 : bottom + 1 - height // 4, left + width // 4 : right + 1 - width // 4
        ]
        return self.say("sees", **what, share=float(inner.sum()) / total)
