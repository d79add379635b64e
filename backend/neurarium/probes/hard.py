"""The examples that cost most."""

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from pydantic import Field

from neurarium.probe import Frame, Probe, amounts, marks, shares, signed

if TYPE_CHECKING:
    from neurarium.training.view import View


class Hard(Probe):
    """The examples with the greatest loss now, training and held-out ones alike: what they are and what was said.

    Of what is read token by token some are asked.
    """

    kind: Literal["hard"] = "hard"
    rate: ClassVar = 4.0
    count: int = Field(default=8, ge=1, le=64, description="How many.")
    says: ClassVar = {"share": ("example", "loss", "count", "share", "total")}

    def look(self, view: "View") -> Frame:
        """Ask the network about the examples and put the worst first."""
        from neurarium.optics.answers import ask, asked
        from neurarium.optics.images import images

        everything = asked(view)
        answers = ask(view)
        cost = np.nan_to_num(answers.loss, nan=np.inf, posinf=np.inf)
        worst = np.argsort(-cost, kind="stable")[: self.count]
        said, axes = answers.said, ("N",)
        top = float(answers.loss[worst[0]])
        pictures = [
            marks("id", "", axes, everything.ids[worst]),
            marks("held_out", "", axes, everything.held_out[worst]),
            amounts("loss", "", axes, answers.loss[worst]),
        ]
        if "y" in everything.arrays and said.choice is not None:
            pictures.append(marks("label", "", axes, everything.arrays["y"][worst]))
        elif "y" in everything.arrays and said.values is not None:
            pictures.append(signed("target", "", ("N", "K"), everything.arrays["y"][worst]))
        if said.answer is not None:
            pictures.append(
                signed(
                    "answer",
                    "",
                    axes,
                    said.answer[worst],
                    reach=1.0 if said.choice is not None else None,
                )
            )
        elif said.probability is not None:
            pictures.append(shares("answer", "", ("N", "K"), said.probability[worst]))
        pictures += images(view, everything, worst)
        total = float(answers.loss.sum())
        reading = self.say(
            "share",
            example=int(everything.ids[worst[0]]),
            loss=top,
            count=len(worst),
            share=float(answers.loss[worst].sum()) / total if total else 0.0,
            total=len(everything),
        )
        return Frame(view.step, tuple(pictures), reading)
