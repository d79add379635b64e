"""Mistakes: all that a perceptron learns from."""

from typing import TYPE_CHECKING, ClassVar, Literal

from neurarium.training.loss import Loss, as_signs, winner, written_signs

if TYPE_CHECKING:
    from torch import Tensor


class Perceptron(Loss):
    """Nothing where the sign is right; else how far the output is on the wrong side, which is 1 behind a threshold.

    A mistake sends back -t, and gradient descent becomes Rosenblatt's rule: w ← w + η t x. An output of exactly 0 has
    no sign, and is taken for a mistake.
    """

    title: ClassVar = "mistakes"
    formula: ClassVar = r"\max(0,\, -t\,y)"
    kind: Literal["Perceptron"] = "Perceptron"

    def per_example(self, output: "Tensor", target: "Tensor") -> "Tensor":
        """Sum over the output units, each of which answers for one class."""
        margins = output * as_signs(output, target)
        return (-margins * (margins <= 0)).sum(-1)

    def written(self, units: int, target: str) -> list[str]:
        """Write it by the signs."""
        return [
            f"margins = output * {written_signs(units, target)}",
            "return (-margins * (margins <= 0)).sum(1)",
        ]

    def probabilities(self, output: "Tensor") -> "Tensor":
        """Know only right and wrong."""
        return winner(output)
