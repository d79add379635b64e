"""Penalties on weights: none, on their absolute values, on their squares."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

from neurarium.training.regulariser import Regulariser, joined

if TYPE_CHECKING:
    from torch import Tensor


class NoPenalty(Regulariser):
    """Weights may become as large as the loss likes."""

    title: ClassVar = "no penalty"
    formula: ClassVar = "0"
    kind: Literal["NoPenalty"] = "NoPenalty"

    @property
    def works_with(self) -> int:
        """Nothing is computed."""
        return 0

    def penalty(self, weights: "Sequence[Tensor]") -> "Tensor":
        """Ask for nothing."""
        import torch

        return torch.zeros(())

    def written(self) -> str:
        """Write the nothing."""
        return ""


class L1(Regulariser):
    """Pulls every weight towards zero with the same force, however small it is: useless ones end there.

    At zero itself it does not pull. A step may carry a weight past zero, so that it stays near and not exactly there.
    """

    title: ClassVar = "L1"
    formula: ClassVar = r"\lambda\, \lVert \mathbf{w} \rVert_1"
    kind: Literal["L1"] = "L1"

    @property
    def works_with(self) -> int:
        """All weights joined, their signs, and those times λ."""
        return 3

    def penalty(self, weights: "Sequence[Tensor]") -> "Tensor":
        """Add up absolute values."""
        return self.strength * joined(weights).abs().sum()

    def written(self) -> str:
        """Write the formula."""
        return f"{self.strength} * sum(weight.abs().sum() for weight in weights)"


class L2(Regulariser):
    """Pulls every weight towards zero in proportion to its size (weight decay): large ones shrink, few vanish."""

    title: ClassVar = "L2"
    formula: ClassVar = r"\lambda\, \tfrac12 \lVert \mathbf{w} \rVert^2"
    kind: Literal["L2"] = "L2"

    def penalty(self, weights: "Sequence[Tensor]") -> "Tensor":
        """Add up squares, and halve."""
        return self.strength / 2 * joined(weights).square().sum()

    def written(self) -> str:
        """Write the formula."""
        return f"{self.strength} / 2 * sum(weight.square().sum() for weight in weights)"
