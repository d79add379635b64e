"""The minibatch behind a step."""

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from neurarium.probe import Frame, Probe, ProbeError, amounts, marks

if TYPE_CHECKING:
    from neurarium.training.view import View


class Batch(Probe):
    """The examples that the last step looked at, in their order, and how wrong the network was about each before it."""

    kind: Literal["batch"] = "batch"
    observes_step: ClassVar = True
    says: ClassVar = {"hardest": ("count", "mean", "example", "loss", "share")}

    def look(self, view: "View") -> Frame:
        """Show what the step that led here was made of."""
        from neurarium.optics.examples import gather
        from neurarium.optics.images import images

        seen = view.observation
        if seen is None:
            raise ProbeError(
                "No step has been taken yet, so there is no minibatch."
                if view.step == 0
                else "The step that led here was not watched. Take another one."
            )
        worst = int(np.argmax(seen.losses))
        total = float(seen.losses.sum())
        reading = self.say(
            "hardest",
            count=len(seen.ids),
            mean=float(seen.losses.mean()),
            example=int(seen.ids[worst]),
            loss=float(seen.losses[worst]),
            share=float(seen.losses[worst]) / total if total else 0.0,
        )
        everything = gather(view.examples)
        return Frame(
            view.step,
            (
                marks("id", "", ("B",), seen.ids),
                amounts("loss", "", ("B",), seen.losses),
                *images(view, everything, everything.rows(seen.ids)),
            ),
            reading,
            details={"lr": seen.lr, "count": len(seen.ids)},
        )
