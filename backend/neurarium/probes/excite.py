"""What excites a unit most, over all data."""

from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from neurarium.probe import Frame, Picture, Probe, Reading, amounts, marks, signed

if TYPE_CHECKING:
    from neurarium.optics.excitement import Excitement
    from neurarium.optics.stage import Stage
    from neurarium.training.view import View

BINS = 24


class Excite(Probe):
    """The patches of the data that excite a unit most, the spread of its values, and the share of silent examples."""

    kind: Literal["excite"] = "excite"
    rate: ClassVar = 1.0
    unit: int = Field(default=0, ge=0, le=2**31, description="Which unit of the stage.")
    count: int = Field(default=9, ge=1, le=36, description="How many patches.")
    most: int = Field(
        default=1024,
        ge=1,
        le=100_000,
        description="Examples that are looked at, at most; they lie evenly in the data.",
    )
    says: ClassVar = {
        "most": ("example", "node", "unit", "peak", "silent", "seen", "total"),
        "never": ("node", "unit", "peak", "seen", "total"),
    }

    def look(self, view: "View") -> Frame:
        """Send examples through, some at a time, and keep the cell of each that is excited most."""
        from neurarium.optics.cell import locate
        from neurarium.optics.examples import gather
        from neurarium.optics.excitement import excitement, patches
        from neurarium.optics.stage import find

        stage = find(view.network, self.node, learns=True)
        locate(stage, self.unit, None)
        everything = gather(view.examples)
        found = excitement(view, stage, self.unit, self.most)
        best = np.argsort(-found.peak, kind="stable")[: self.count]
        rows, places = found.rows[best], found.place[best]
        heights, edges = np.histogram(found.values, bins=BINS)
        pictures: list[Picture] = [
            marks("id", "", ("N",), everything.ids[rows]),
            marks("held_out", "", ("N",), everything.held_out[rows]),
            signed("peak", stage.path, ("N",), found.peak[best]),
            marks("place", stage.path, ("N",), places),
            signed("edge", stage.path, ("E",), edges.astype(np.float64)),
            amounts("height", stage.path, ("P",), heights.astype(np.float64)),
        ]
        details: dict[str, Any] = {
            "unit": self.unit,
            "seen": len(found.rows),
            "total": len(everything),
            "silent": found.silent,
        }
        cut = patches(view, stage, self.unit, rows, places)
        if cut is not None:
            pictures.append(signed("patch", cut.input, ("N", "C", "H", "W"), cut.pixels))
            details |= {"windows": cut.windows, "input": cut.input}
        reading = self._reading(stage, found, everything.ids)
        return Frame(view.step, tuple(pictures), reading, details=details)

    def _reading(self, stage: "Stage", found: "Excitement", ids: NDArray[np.int64]) -> Reading:
        best = int(np.argmax(found.peak))
        what: dict[str, float | int | str] = {
            "node": stage.path,
            "unit": self.unit,
            "peak": float(found.peak[best]),
        }
        looked: dict[str, float | int | str] = {"seen": len(found.rows), "total": len(ids)}
        if found.silent == 1:
            return self.say("never", **what, **looked)
        example = int(ids[found.rows[best]])
        return self.say("most", example=example, **what, silent=found.silent, **looked)
