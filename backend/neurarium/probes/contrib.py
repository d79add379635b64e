"""The arithmetic of one unit."""

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from pydantic import Field

from neurarium.probe import Frame, Probe, Reading, signed

if TYPE_CHECKING:
    from neurarium.optics.arithmetic import Arithmetic
    from neurarium.optics.stage import Stage
    from neurarium.training.view import View

WHAT = ("example", "node", "unit", "source", "index", "name", "product", "inputs", "bias", "sum")


class Contrib(Probe):
    """How a unit comes to its number for the pinned example: every input times its weight, the bias, the activation."""

    kind: Literal["contrib"] = "contrib"
    unit: int = Field(default=0, ge=0, le=2**31, description="Which unit of the stage.")
    place: int | None = Field(
        default=None,
        ge=0,
        le=2**31,
        description="Which of its cells, where it has several; none: the middle one.",
    )
    says: ClassVar = {
        "straight": WHAT,
        "bent": (*WHAT, "activation", "output"),
    }

    def look(self, view: "View") -> Frame:
        """Work the unit out in float64."""
        from neurarium.optics.arithmetic import work_out
        from neurarium.optics.cell import locate
        from neurarium.optics.examples import gather
        from neurarium.optics.names import name
        from neurarium.optics.stage import find

        stage = find(view.network, self.node, learns=True)
        everything = gather(view.examples)
        row = everything.row(self.example)
        cell = locate(stage, self.unit, self.place)
        found = work_out(view, stage, cell, view.inputs(everything.pick(slice(row, row + 1))))
        example = int(everything.ids[row])
        axes = ("I",)
        return Frame(
            view.step,
            (
                signed("input", stage.path, axes, found.input, "float64"),
                signed("weight", stage.path, axes, found.weight, "float64"),
                signed("product", stage.path, axes, found.product, "float64"),
            ),
            self._reading(view, stage, found, example),
            example,
            details={
                "unit": cell.unit,
                "place": cell.place,
                "bias": found.bias,
                "sum": found.sum,
                "output": found.output,
                "slope": found.slope,
                "activation": ", ".join(stage.activations),
                "inputs": [
                    name(view.job.dataset, source, number) for source, number in found.sources
                ],
                "sources": [source for source, _ in found.sources],
                "units": [number for _, number in found.sources],
            },
        )

    def _reading(self, view: "View", stage: "Stage", found: "Arithmetic", example: int) -> Reading:
        from neurarium.optics.names import name

        most = int(np.argmax(np.abs(found.product)))
        source, number = found.sources[most]
        what: dict[str, float | int | str] = {
            "example": example,
            "node": stage.path,
            "unit": self.unit,
            "source": source,
            "index": number,
            "name": name(view.job.dataset, source, number),
            "product": float(found.product[most]),
            "inputs": len(found.sources),
            "bias": found.bias,
            "sum": found.sum,
        }
        if not stage.activations:
            return self.say("straight", **what)
        return self.say(
            "bent", **what, activation=", ".join(stage.activations), output=found.output
        )
