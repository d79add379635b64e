"""One example's way through a small network, number by number."""

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from neurarium.probe import Frame, Probe, Reading, signed

if TYPE_CHECKING:
    from neurarium.optics.scalars import Walk
    from neurarium.training.view import View

WHAT = ("example", "loss", "next", "gradient")


class Scalars(Probe):
    """Every number between the pinned example and its loss: values, gradients, slopes, and what an update would do.

    The numbers stand in the order of the run's scalar graph. The update is the one that this example alone would make,
    by the job's optimiser with all that it remembers.
    """

    kind: Literal["scalars"] = "scalars"
    says: ClassVar = {"falls": WHAT, "rises": WHAT, "stays": ("example", "loss")}

    def look(self, view: "View") -> Frame:
        """Compute them in float64 from the weights as they are."""
        from neurarium.optics.scalars import walk

        found = walk(view, self.example)
        pictures = tuple(
            signed(name, "", axes, np.array(values), "float64")
            for name, axes, values in (
                ("value", ("S",), found.now.values),
                ("gradient", ("S",), found.now.gradients),
                ("local", ("E",), found.now.local),
                ("next", ("S",), found.next),
            )
        )
        details = {"key": found.graph.key, "lr": found.lr}
        return Frame(view.step, pictures, self._reading(found), found.example, details=details)

    def _reading(self, found: "Walk") -> Reading:
        """Say what the update would do to the error of this very example."""
        end = found.find(found.graph.loss)
        loss, after = found.now.values[end], found.next[end]
        slopes = [
            gradient
            for scalar, gradient in zip(found.graph.scalars, found.now.gradients, strict=True)
            if scalar.parameter
        ]
        length = float(np.linalg.norm(slopes))
        if after == loss:
            return self.say("stays", example=found.example, loss=loss)
        sentence = "falls" if after < loss else "rises"
        return self.say(sentence, example=found.example, loss=loss, next=after, gradient=length)
