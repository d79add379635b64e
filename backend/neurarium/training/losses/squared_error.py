"""Squared error: half the squared distance between output and target."""

from typing import TYPE_CHECKING, ClassVar, Literal

from neurarium.training.loss import Loss, as_signs

if TYPE_CHECKING:
    from torch import Tensor


class SquaredError(Loss):
    """Half the squared distance between output and target, which for a class is +1 and for all others -1.

    Far outliers count most, and an output beyond the target is as bad as one short of it.
    """

    title: ClassVar = "squared error"
    formula: ClassVar = r"\tfrac12 (y - t)^2"
    kind: Literal["SquaredError"] = "SquaredError"

    def per_example(self, output: "Tensor", target: "Tensor") -> "Tensor":
        """Sum over the output units."""
        return 0.5 * (output - as_signs(output, target)).square().sum(-1)
