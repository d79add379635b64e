"""Squared error: half the squared distance between output and target."""

from typing import TYPE_CHECKING, ClassVar, Literal

from neurarium.training.loss import Loss, as_signs, pair, winner, written_signs

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

    def written(self, units: int, target: str) -> list[str]:
        """Write it by the signs."""
        return [f"return 0.5 * (output - {written_signs(units, target)}).square().sum(1)"]

    def probabilities(self, output: "Tensor") -> "Tensor":
        """Take (1 + y) / 2: the best output is the mean of t, which is 2p - 1."""
        share = ((1 + output) / 2).clamp(0, 1)
        if output.shape[-1] == 1:
            return pair(share)
        total = share.sum(-1, keepdim=True)
        return winner(output).where(total == 0, share / total)
