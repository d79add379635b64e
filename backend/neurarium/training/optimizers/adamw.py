"""AdamW: Adam with weight decay beside the gradient, not in it."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from neurarium.training.optimizer import Optimizer

if TYPE_CHECKING:
    from torch import Tensor
    from torch.optim import Optimizer as TorchOptimizer


class AdamW(Optimizer):
    """Adam that also shrinks every weight by a share of itself at each step (Loshchilov and Hutter, 2019)."""

    title: ClassVar = "AdamW"
    kind: Literal["AdamW"] = "AdamW"
    beta1: float = Field(default=0.9, ge=0, lt=1, description="How much of the mean gradient is kept.")
    beta2: float = Field(default=0.999, ge=0, lt=1, description="How much of the mean squared gradient is kept.")
    weight_decay: float = Field(default=0.01, ge=0, le=1, description="Share of η by which each weight shrinks.")

    def build(self, parameters: "Iterable[Tensor]") -> "TorchOptimizer":
        """Make `torch.optim.AdamW`."""
        from torch import optim

        betas = (self.beta1, self.beta2)
        return optim.AdamW(parameters, lr=self.lr, betas=betas, weight_decay=self.weight_decay)
