"""The perceptron criterion: only mistakes count."""

from typing import TYPE_CHECKING, ClassVar, Literal

from neurarium.training.loss import Loss

if TYPE_CHECKING:
    from torch import Tensor


class Perceptron(Loss):
    """Half of |t - y|: 0 where a threshold unit is right, 1 where it is wrong (Rosenblatt, 1958).

    A threshold unit has slope 0 almost everywhere, so that no gradient leads downhill: Rosenblatt's rule is needed.
    """

    title: ClassVar = "mistakes"
    formula: ClassVar = r"\tfrac12 |t - y|"
    kind: Literal["Perceptron"] = "Perceptron"

    def per_example(self, output: "Tensor", target: "Tensor") -> "Tensor":
        """Sum over the output units."""
        from neurarium.training.losses.squared_error import as_signs

        return 0.5 * (output - as_signs(output, target)).abs().sum(-1)
