"""How a past step came to be shown."""

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from neurarium.probe import Frame, Probe, marks

if TYPE_CHECKING:
    from neurarium.training.view import View


class Replay(Probe):
    """From which snapshot a past step was computed again, and whether that gave the very bits of the first time."""

    kind: Literal["replay"] = "replay"
    rate: ClassVar = 1.0
    says: ClassVar = {
        "kept": ("step",),
        "identical": ("step", "start", "until"),
        "different": ("step", "start", "until"),
    }

    def look(self, view: "View") -> Frame:
        """Compute the step again and go on to where the whole state is known, then compare by SHA-256."""
        found = view.replay() if view.replay else None
        if found is None:
            kept = marks("step", "", ("S",), np.array([view.step]))
            return Frame(view.step, (kept,), self.say("kept", step=view.step))
        steps = marks("step", "", ("S",), np.array([found.start, view.step, found.until]))
        reading = self.say(
            "identical" if found.identical else "different",
            step=view.step,
            start=found.start,
            until=found.until,
        )
        return Frame(view.step, (steps,), reading, details={"identical": found.identical})
