"""What the network says to every example."""

from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from neurarium.dataset import ClassTarget
from neurarium.probe import Frame, Picture, Probe, Reading, amounts, marks, shares, signed

if TYPE_CHECKING:
    from neurarium.optics.answers import Answers
    from neurarium.optics.examples import Gathering
    from neurarium.training.view import View


class Answer(Probe):
    """What the network answers to every example now, which answers are wrong, and how much each one costs.

    Of what is read token by token some are asked; `id` says which.
    """

    kind: Literal["answer"] = "answer"
    says: ClassVar = {
        "classes": ("accuracy", "wrong", "count", "chance"),
        "numbers": ("error", "plain", "count"),
        "sentences": ("accuracy", "wrong", "count"),
        "loss": ("loss", "count"),
    }

    def look(self, view: "View") -> Frame:
        """Ask the network about the examples, in the order of `data`."""
        from neurarium.optics.answers import ask, asked
        from neurarium.optics.examples import gather

        everything = asked(view)
        answers = ask(view)
        pictures = [
            *self._answers(answers),
            amounts("loss", "", ("N",), answers.loss),
        ]
        if len(everything) < len(gather(view.examples)):
            pictures.append(marks("id", "", ("N",), everything.ids))
        if answers.right is not None:
            pictures.append(marks("wrong", "", ("N",), ~answers.right))
        target = view.job.dataset.target()
        if isinstance(target, ClassTarget) and answers.said.choice is not None:
            pictures.append(_confusion(everything, answers.said.choice, len(target.names)))
        return Frame(
            view.step,
            tuple(pictures),
            self._reading(everything, answers),
            details=_facts(everything, answers),
        )

    def _answers(self, answers: "Answers") -> list[Picture]:
        said = answers.said
        if said.answer is not None:
            fixed = None if said.choice is None else 1.0
            return [signed("answer", "", ("N",), said.answer, reach=fixed)]
        if said.probability is not None:
            return [shares("probability", "", ("N", "K"), said.probability)]
        return [] if said.values is None else [signed("answer", "", ("N", "K"), said.values)]

    def _reading(self, everything: "Gathering", answers: "Answers") -> Reading:
        """Judge by the held-out examples, if there are any."""
        judged = everything.held_out if everything.held_out.any() else ~everything.held_out
        count = int(judged.sum())
        if answers.right is not None and "y" in everything.arrays:
            wrong = int((~answers.right[judged]).sum())
            chance = float(np.bincount(everything.arrays["y"][judged]).max() / count)
            return self.say(
                "classes", accuracy=1 - wrong / count, wrong=wrong, count=count, chance=chance
            )
        if answers.right is not None:
            wrong = int((~answers.right[judged]).sum())
            return self.say("sentences", accuracy=1 - wrong / count, wrong=wrong, count=count)
        if answers.said.values is not None:
            targets = everything.arrays["y"]
            error = _root_mean_square(answers.said.values[judged] - targets[judged])
            plain = _root_mean_square(targets[~everything.held_out].mean(axis=0) - targets[judged])
            return self.say("numbers", error=error, plain=plain, count=count)
        return self.say("loss", loss=float(answers.loss[judged].mean()), count=count)


def _confusion(everything: "Gathering", choice: NDArray[np.int64], classes: int) -> Picture:
    """Count the held-out examples by true class (rows) and by the class that is said (columns)."""
    rows = everything.held_out
    counts = np.zeros((classes, classes), dtype=np.int64)
    np.add.at(counts, (everything.arrays["y"][rows], choice[rows]), 1)
    return Picture(
        "confusion", "", ("K", "J"), counts, "int32", "node", 0.0, float(counts.max(initial=1))
    )


def _facts(everything: "Gathering", answers: "Answers") -> dict[str, Any]:
    """Sum up both sets: `accuracy`, `wrong`, `count`, `loss`, and the same with `validation_`."""
    facts: dict[str, Any] = {}
    for prefix, rows in (("", ~everything.held_out), ("validation_", everything.held_out)):
        count = int(rows.sum())
        facts[f"{prefix}count"] = count
        if count:
            facts[f"{prefix}loss"] = float(answers.loss[rows].mean())
        if count and answers.right is not None:
            facts[f"{prefix}wrong"] = int((~answers.right[rows]).sum())
            facts[f"{prefix}accuracy"] = float(answers.right[rows].mean())
    return facts


def _root_mean_square(values: NDArray[np.float64]) -> float:
    return float(np.sqrt(np.mean(np.square(values))))
