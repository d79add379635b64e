"""Mistakes: all that a perceptron learns from."""

from typing import TYPE_CHECKING, ClassVar, Literal

from neurarium.training.loss import Loss
from neurarium.training.losses.squared_error import as_signs

if TYPE_CHECKING:
    from torch import Tensor


class Perceptron(Loss):
    """1 for a mistake of a threshold unit, 0 where it is right (Rosenblatt, 1958).

    Written as a quarter of the squared distance between -1 and +1, so that a mistake sends back -t.
    """

    title: ClassVar = "mistakes"
    formula: ClassVar = r"\tfrac14 (y - t)^2"
    kind: Literal["Perceptron"] = "Perceptron"

    def per_example(self, output: "Tensor", target: "Tensor") -> "Tensor":
        """Sum over the output units."""
        return 0.25 * (output - as_signs(output, target)).square().sum(-1)
