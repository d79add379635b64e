"""What a network that says words is worth without a teacher."""

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from pydantic import Field

from neurarium.probe import Frame, Probe, amounts, marks

if TYPE_CHECKING:
    from neurarium.training.view import View


class Alone(Probe):
    """How many held-out sentences are right when the network goes on from its own words, and when it is told the right.

    Both are the same as long as no place sees what it is to say; otherwise only the first is worth anything.
    """

    kind: Literal["alone"] = "alone"
    rate: ClassVar = 0.2
    most: int = Field(
        default=64, ge=1, le=2**31, description="Examples measured with, picked evenly."
    )
    says: ClassVar = {"share": ("own", "told", "examples")}

    @property
    def is_long(self) -> bool:
        """The network is asked once for each word."""
        return True

    def look(self, view: "View") -> Frame:
        """Say all sentences at once, word by word."""
        from neurarium.optics.alone import listen

        found = listen(view, self.most)
        told = {
            "own": float(found.own.mean()),
            "told": float(found.told.mean()),
            "examples": len(found.ids),
        }
        pictures = (
            marks("id", "", ("N",), found.ids.astype(np.int64)),
            marks("own", "", ("N",), found.own),
            marks("told", "", ("N",), found.told),
            amounts("loss", "", ("N",), found.loss),
        )
        details = {**told, "loss": float(found.loss.mean())}
        return Frame(view.step, pictures, self.say("share", **told), details=details)
