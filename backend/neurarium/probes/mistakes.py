"""The examples behind one cell of the confusion matrix."""

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from pydantic import Field

from neurarium.dataset import ClassTarget
from neurarium.probe import Frame, Probe, ProbeError, marks, shares

if TYPE_CHECKING:
    from neurarium.training.view import View


class Mistakes(Probe):
    """The held-out examples of one class for which the network now says another: the surest answer first."""

    kind: Literal["mistakes"] = "mistakes"
    rate: ClassVar = 2.0
    truth: int = Field(default=0, ge=0, le=2**31, description="The true class, counted from 0.")
    said: int = Field(default=0, ge=0, le=2**31, description="The class that is said.")
    says: ClassVar = {"are": ("said", "truth", "count"), "right": ("truth", "count")}

    def look(self, view: "View") -> Frame:
        """Ask the network about all examples and pick those of the cell."""
        from neurarium.optics.answers import ask, asked
        from neurarium.optics.images import MOST, images

        target, everything = view.job.dataset.target(), asked(view)
        said = ask(view).said
        if not isinstance(target, ClassTarget) or said.choice is None or said.probability is None:
            raise ProbeError("The answers here are no classes, so none is taken for another.")
        if max(self.truth, self.said) >= len(target.names):
            raise ProbeError(f"There are {len(target.names)} classes, counted from 0.")
        rows = np.flatnonzero(
            everything.held_out
            & (everything.arrays["y"] == self.truth)
            & (said.choice == self.said)
        )
        share = said.probability.reshape(len(everything), -1).max(axis=1)
        rows = rows[np.argsort(-share[rows], kind="stable")]
        pictures = [
            marks("id", "", ("N",), everything.ids[rows]),
            shares("probability", "", ("N",), share[rows]),
            *images(view, everything, rows, MOST),
        ]
        truth, word, count = target.names[self.truth], target.names[self.said], len(rows)
        reading = (
            self.say("right", truth=truth, count=count)
            if self.truth == self.said
            else self.say("are", said=word, truth=truth, count=count)
        )
        return Frame(view.step, tuple(pictures), reading)
