"""The loss as a curve, and where every example rides on it."""

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from neurarium.probe import Frame, Probe, Reading, amounts, signed

if TYPE_CHECKING:
    from neurarium.training.view import View

POINTS = 121
LEAST_REACH = 2.0
"""Curves are drawn at least from -2 to 2, so that both targets of a single unit are on them."""
MARGIN = 1.05


class Loss(Probe):
    """The loss as a function of one output, its slope, and every training example at its place.

    One unit: a curve for each class, or for the pinned target. Several: the output of the pinned example's own class
    moves while its others stay.
    """

    kind: Literal["loss"] = "loss"
    rate: ClassVar = 5.0
    unit: int = Field(
        default=0, ge=0, le=2**31, description="Which number, of targets with several."
    )
    says: ClassVar = {
        "idle": ("example", "loss", "slope", "idle", "total"),
        "pulls": ("example", "loss", "slope", "greatest", "total"),
    }

    def look(self, view: "View") -> Frame:
        """Move one output along, all else held, and ask the loss."""
        from neurarium.optics.answers import ask, asked
        from neurarium.optics.cost import curves, lay_track, pulls, ride

        everything = asked(view, self.example)
        row = everything.row(self.example)
        answers = ask(view, self.example)
        track = lay_track(view, answers, everything.arrays.get("y"), self.unit)
        targets, pinned = curves(track, row, len(getattr(view.job.dataset.target(), "names", ())))
        moving, trained = track.moving, ~everything.held_out
        reach = MARGIN * max(
            LEAST_REACH, float(np.abs(moving[np.isfinite(moving)]).max(initial=0.0))
        )
        along = np.linspace(-reach, reach, POINTS)
        heights, slopes = zip(
            *(ride(view, track, row, along, target) for target in targets), strict=True
        )
        here = ride(view, track, row, moving[row : row + 1], targets[pinned])

        example = int(everything.ids[row])
        return Frame(
            view.step,
            (
                signed("y", "", ("P",), along),
                amounts("loss", "", ("K", "P"), np.stack(heights)),
                signed("slope", "", ("K", "P"), np.stack(slopes)),
                signed("output", "", ("N",), moving[trained]),
                amounts("cost", "", ("N",), answers.loss[trained]),
            ),
            self._reading(
                example, float(here[0][0]), float(here[1][0]), pulls(view, track, trained)
            ),
            example,
            details={
                "formula": view.job.loss.formula,
                "pinned": pinned,
                "output": float(moving[row]),
                "loss": float(here[0][0]),
                "slope": float(here[1][0]),
                "exact": len(targets) > 1 or track.outputs.shape[1] == 1,
            },
        )

    def _reading(
        self, example: int, loss: float, slope: float, pulls: NDArray[np.float64]
    ) -> Reading:
        idle = int((pulls == 0).sum())
        if idle:
            return self.say(
                "idle", example=example, loss=loss, slope=slope, idle=idle, total=len(pulls)
            )
        greatest = float(np.abs(pulls).max())
        return self.say(
            "pulls", example=example, loss=loss, slope=slope, greatest=greatest, total=len(pulls)
        )
