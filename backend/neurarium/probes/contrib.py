"""The arithmetic of one unit."""

from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from neurarium.probe import Frame, Probe, Reading, signed

if TYPE_CHECKING:
    from neurarium.optics.arithmetic import Arithmetic
    from neurarium.optics.cell import Cell
    from neurarium.optics.stage import Stage
    from neurarium.training.view import View

WHAT = ("example", "node", "unit", "source", "index", "name", "product", "inputs", "bias", "sum")
WHERE = ("example", "node", "unit", "what", "height", "width", "source", "channel")
MADE = ("inputs", "bias", "sum", "output", "fires")


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
        "maps": (*WHERE, "part", "maps", *MADE),
        "window": (*WHERE, *MADE),
        "average": (*WHERE, *MADE),
        "winner": (*WHERE, "at_row", "at_column", *MADE),
    }

    def look(self, view: "View") -> Frame:
        """Work the unit out in float64."""
        from neurarium.optics.arithmetic import work_out
        from neurarium.optics.cell import locate
        from neurarium.optics.examples import gather
        from neurarium.optics.names import name
        from neurarium.optics.patch import winner
        from neurarium.optics.stage import find

        stage = find(view.network, self.node, learns=True)
        everything = gather(view.examples)
        row = everything.row(self.example)
        cell = locate(stage, self.unit, self.place)
        found = work_out(view, stage, cell, view.inputs(everything.pick(slice(row, row + 1))))
        example = int(everything.ids[row])
        pictures = [
            signed(name, stage.path, ("I",), values, "float64")
            for name, values in (
                ("input", found.input),
                ("weight", found.weight),
                ("product", found.product),
            )
        ]
        if found.patches:
            pictures.append(signed("part", stage.path, ("C",), found.parts, "float64"))
        details: dict[str, Any] = {
            "unit": cell.unit,
            "place": cell.place,
            "bias": found.bias,
            "sum": found.sum,
            "output": found.output,
            "slope": found.slope,
            "activation": ", ".join(stage.activations),
            "inputs": [name(view.job.dataset, source, number) for source, number in found.sources],
            "sources": [source for source, _ in found.sources],
            "units": [number for _, number in found.sources],
            "patches": [vars(patch) for patch in found.patches],
            "winner": winner(found.patches, found.weight),
        }
        reading = self._reading(view, stage, cell, found, example)
        return Frame(view.step, tuple(pictures), reading, example, details=details)

    def _reading(
        self, view: "View", stage: "Stage", cell: "Cell", found: "Arithmetic", example: int
    ) -> Reading:
        from neurarium.optics.names import name

        if found.patches:
            return self._of_maps(view, stage, cell, found, example)
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

    def _of_maps(
        self, view: "View", stage: "Stage", cell: "Cell", found: "Arithmetic", example: int
    ) -> Reading:
        """Say which map speaks most, or what becomes of the only one."""
        from neurarium.optics.field import pixels
        from neurarium.optics.patch import winner

        parts = found.parts
        most = int(np.argmax(np.abs(parts)))
        patch = found.patches[most]
        height, width = pixels(view.network, stage, cell)
        where: dict[str, float | int | str] = {
            "example": example,
            "node": stage.path,
            "unit": self.unit,
            "what": "cell" if stage.spec.size > stage.spec.shape[0] else "unit",
            "height": height,
            "width": width,
            "source": patch.source,
            "channel": patch.channel,
        }
        made: dict[str, float | int | str] = {
            "inputs": len(found.product),
            "bias": found.bias,
            "sum": found.sum,
            "output": found.output,
            "fires": "yes" if found.output > 0 else "no",
        }
        won = winner(found.patches, found.weight)
        if won is not None:
            return self.say("winner", **where, at_row=won[0], at_column=won[1], **made)
        if len(parts) > 1:
            return self.say("maps", **where, part=float(parts[most]), maps=len(parts), **made)
        return self.say("window" if stage.parameters else "average", **where, **made)
