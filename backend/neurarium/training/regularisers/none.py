"""No penalty."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

from neurarium.training.regulariser import Regulariser

if TYPE_CHECKING:
    from torch import Tensor


class NoPenalty(Regulariser):
    """Weights may be as large as the loss likes."""

    title: ClassVar = "no penalty"
    formula: ClassVar = "0"
    kind: Literal["NoPenalty"] = "NoPenalty"

    def penalty(self, weights: "Sequence[Tensor]") -> "Tensor":
        """Zero."""
        import torch

        return torch.zeros(())
