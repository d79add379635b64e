"""The answer to one example over time."""

from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from neurarium.probe import Frame, Picture, Probe, ProbeError, Reading, marks, shares, signed

if TYPE_CHECKING:
    from neurarium.optics.answers import Said
    from neurarium.training.view import View


class Answers(Probe):
    """What the network said of the pinned example at snapshots of the run, up to now: the present is last."""

    kind: Literal["answers"] = "answers"
    rate: ClassVar = 2.0
    count: int = Field(default=24, ge=2, le=128, description="Moments shown at most.")
    says: ClassVar = {
        "mind": ("example", "said", "changes", "moments"),
        "moved": ("example", "before", "now", "moments"),
    }

    def look(self, view: "View") -> Frame:
        """Put the kept parameters in place of the present ones, one snapshot after the other."""
        from neurarium.optics.answers import read
        from neurarium.optics.examples import gather
        from neurarium.optics.passes import see
        from neurarium.optics.then import moments, said_then

        everything = gather(view.examples)
        row = everything.row(self.example)
        batch = view.inputs(everything.pick(slice(row, row + 1)))
        states = moments(view, self.count - 1)
        said = [said_then(view, state, batch) for state in states]
        said.append(read(view, see(view, batch)[0]))
        steps = [*(state.facts.step for state in states), view.step]
        example = int(everything.ids[row])
        picture, reading = self._classes(view, said, example) or self._numbers(said, example)
        pictures = (marks("step", "", ("S",), np.array(steps)), picture)
        return Frame(view.step, pictures, reading, example)

    def _classes(
        self, view: "View", said: "list[Said]", example: int
    ) -> tuple[Picture, Reading] | None:
        names: tuple[str, ...] = getattr(view.job.dataset.target(), "names", ())
        rows = [one.probability for one in said if one.probability is not None]
        if len(rows) < len(said) or not names:
            return None
        values = np.stack([_every(row.reshape(-1), len(names)) for row in rows])
        choices = [int(one.choice[0]) for one in said if one.choice is not None]
        changes = sum(a != b for a, b in pairwise(choices))
        reading = self.say(
            "mind", example=example, said=names[choices[-1]], changes=changes, moments=len(said)
        )
        return shares("probability", "", ("S", "K"), values), reading

    def _numbers(self, said: "list[Said]", example: int) -> tuple[Picture, Reading]:
        rows = [one.values[0] for one in said if one.values is not None]
        if len(rows) < len(said):
            raise ProbeError("The answers here are neither classes nor numbers.")
        values = np.stack(rows)
        ends = {"before": float(values[0, 0]), "now": float(values[-1, 0])}
        reading = self.say("moved", example=example, **ends, moments=len(said))
        return signed("answer", "", ("S", "K"), values), reading


def _every(probability: NDArray[np.float64], classes: int) -> NDArray[np.float64]:
    """Give each class its probability, where one unit tells only that of the second."""
    if len(probability) == 1 and classes == 2:
        return np.array([1 - probability[0], probability[0]])
    return probability
