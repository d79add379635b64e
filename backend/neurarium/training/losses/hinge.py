"""Hinge loss: right is not enough, the margin counts."""

from typing import TYPE_CHECKING, ClassVar, Literal

from neurarium.training.loss import Loss, as_places, as_signs, winner, written_signs

if TYPE_CHECKING:
    from torch import Tensor


class Hinge(Loss):
    """Nothing once the right side is reached by a margin of 1, else what is missing to it (Cortes and Vapnik, 1995).

    Examples beyond the margin pull no more. Of several units, the right one has to lead the strongest other one by 1
    (Crammer and Singer, 2001).
    """

    title: ClassVar = "hinge"
    formula: ClassVar = r"\max(0,\, 1 - t\,y)"
    kind: Literal["Hinge"] = "Hinge"

    def per_example(self, output: "Tensor", target: "Tensor") -> "Tensor":
        """Compute what is missing to a margin of 1."""
        return (1 - margin(output, target)).clamp_min(0)

    def written(self, units: int, target: str) -> list[str]:
        """Write it by the margin."""
        if units == 1:
            return [f"return (1 - output * {written_signs(units, target)})[:, 0].clamp_min(0)"]
        return [
            "right = output.gather(1, target[:, None])[:, 0]",
            'others = output.scatter(1, target[:, None], -float("inf")).amax(1)',
            "return (1 - (right - others)).clamp_min(0)",
        ]

    def probabilities(self, output: "Tensor") -> "Tensor":
        """Know only sides: the best output is the sign of the likelier class."""
        return winner(output)


def margin(output: "Tensor", target: "Tensor") -> "Tensor":
    """Say how far on the right side an output is: t·y of one unit, else the lead over the strongest other."""
    if output.shape[-1] == 1:
        return (output * as_signs(output, target))[..., 0]
    places = as_places(output, target)
    others = output.scatter(-1, places, -float("inf"))
    return output.gather(-1, places)[..., 0] - others.amax(-1)
