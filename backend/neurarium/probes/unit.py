"""One unit and all examples."""

from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from neurarium.probe import Frame, Picture, Probe, Reading, signed

if TYPE_CHECKING:
    from neurarium.optics.stage import Stage
    from neurarium.training.view import View

POINTS = 101
LEAST_REACH = 3.0
"""The curve is drawn at least from -3 to 3, so that its bend is seen."""


class Unit(Probe):
    """What one unit makes of every example: its sum, its output, and where that lies on the activation's curve."""

    kind: Literal["unit"] = "unit"
    rate: ClassVar = 5.0
    unit: int = Field(default=0, ge=0, le=2**31, description="Which unit of the stage.")
    place: int | None = Field(
        default=None,
        ge=0,
        le=2**31,
        description="Which of its cells, where it has several; none: the middle one.",
    )
    says: ClassVar = {
        "saturated": ("node", "unit", "activation", "count", "total", "share"),
        "off": ("node", "unit", "activation", "count", "total", "share"),
        "switches": ("node", "unit", "activation", "count", "total", "share"),
        "straight": ("node", "unit", "least", "greatest"),
    }

    def look(self, view: "View") -> Frame:
        """Send every example through, and count those at which the activation is flat."""
        import torch

        from neurarium.optics.activity import flat
        from neurarium.optics.cell import locate
        from neurarium.optics.everyone import watch
        from neurarium.optics.examples import gather
        from neurarium.optics.passes import numbers
        from neurarium.optics.stage import bounds, find, is_staircase

        stage = find(view.network, self.node, learns=True)
        cell = locate(stage, self.unit, self.place)
        taps = watch(view, [stage.path, stage.end])
        sums, outputs = (
            taps[path].reshape(len(taps[path]), -1)[:, cell.flat]
            for path in (stage.path, stage.end)
        )
        trained = torch.from_numpy(~gather(view.examples).held_out).to(sums.device)
        held = flat(view.network, stage, sums[trained])

        reach = max(LEAST_REACH, 1.05 * float(sums.abs().nan_to_num(posinf=0, neginf=0).max()))
        along = torch.linspace(-reach, reach, POINTS, dtype=sums.dtype, device=sums.device)
        with torch.no_grad():
            curve = stage.bend(view.network, along)
        bounded = bounds(view.network, stage) is not None
        share = float(held.float().mean())
        drawn: list[Picture] = [
            signed("sum", stage.path, ("N",), numbers(sums)),
            signed("output", stage.path, ("N",), numbers(outputs)),
            signed("curve_x", stage.path, ("P",), numbers(along)),
            signed("curve_y", stage.path, ("P",), numbers(curve)),
        ]
        details = {
            "unit": cell.unit,
            "place": cell.place,
            "activation": ", ".join(stage.activations),
            "saturated": share if bounded else 0.0,
            "flat": share,
        }
        if not stage.activations:
            reading = self._straight(stage, numbers(sums[trained]))
        elif is_staircase(view.network, stage):
            reading = self._counted("switches", stage, numbers(outputs[trained] > 0))
        else:
            reading = self._counted("saturated" if bounded else "off", stage, numbers(held))
        return Frame(view.step, tuple(drawn), reading, details=details)

    def _straight(self, stage: "Stage", sums: NDArray[Any]) -> Reading:
        least, greatest = float(np.min(sums)), float(np.max(sums))
        return self.say("straight", node=stage.path, unit=self.unit, least=least, greatest=greatest)

    def _counted(self, sentence: str, stage: "Stage", which: NDArray[Any]) -> Reading:
        return self.say(
            sentence,
            node=stage.path,
            unit=self.unit,
            activation=", ".join(stage.activations),
            count=int(which.sum()),
            total=len(which),
            share=float(which.mean()),
        )
