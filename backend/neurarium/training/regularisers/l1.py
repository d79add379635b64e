"""L1: the sum of absolute weights, which drives useless ones to zero."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

from neurarium.training.regulariser import Regulariser

if TYPE_CHECKING:
    from torch import Tensor


class L1(Regulariser):
    """Every weight is pulled towards zero with the same force, however small it is."""

    title: ClassVar = "L1"
    formula: ClassVar = r"\lambda\,\lVert w \rVert_1"
    kind: Literal["L1"] = "L1"

    def penalty(self, weights: "Sequence[Tensor]") -> "Tensor":
        """λ times the sum of absolute values."""
        import torch

        return self.strength * torch.stack([weight.abs().sum() for weight in weights]).sum()
