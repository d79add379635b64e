"""L2: half the sum of squared weights, which keeps all of them small."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

from neurarium.training.regulariser import Regulariser

if TYPE_CHECKING:
    from torch import Tensor


class L2(Regulariser):
    """Every weight is pulled towards zero in proportion to its size (weight decay)."""

    title: ClassVar = "L2"
    formula: ClassVar = r"\lambda\,\tfrac12 \lVert w \rVert^2"
    kind: Literal["L2"] = "L2"

    def penalty(self, weights: "Sequence[Tensor]") -> "Tensor":
        """λ times half the sum of squares."""
        import torch

        return 0.5 * self.strength * torch.stack([weight.square().sum() for weight in weights]).sum()
