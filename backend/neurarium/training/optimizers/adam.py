"""Adam, and AdamW that lets weights decay: each weight has a step size of its own."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from neurarium.training.optimizer import Kept, LearningRate, Optimizer

if TYPE_CHECKING:
    from torch import Tensor
    from torch.optim import Optimizer as TorchOptimizer


class Adam(Optimizer):
    """Moves each weight by its mean gradient over that gradient's mean size (Kingma and Ba, 2015).

    The step hardly depends on how large gradients are, so that one learning rate suits most networks.
    """

    title: ClassVar = "Adam"
    kind: Literal["Adam"] = "Adam"
    lr: LearningRate = 0.01
    beta1: Kept = Field(
        default=0.9, description="How much of the mean gradient is kept at each step."
    )
    beta2: Kept = Field(default=0.999, description="How much of the mean squared gradient is kept.")

    def build(self, parameters: "Iterable[Tensor]") -> "TorchOptimizer":
        """Make `torch.optim.Adam`."""
        from torch import optim

        return optim.Adam(parameters, lr=self.lr, betas=(self.beta1, self.beta2))

    def written(self) -> str:
        """Write the call."""
        return f"optim.Adam(network.parameters(), lr={self.lr}, betas=({self.beta1}, {self.beta2}))"


class AdamW(Optimizer):
    """Adam that also shrinks every parameter by a share of itself at each step (Loshchilov and Hutter, 2019).

    An L2 penalty would pass through Adam's division and hardly hold back weights with large gradients; decay does.
    """

    title: ClassVar = "AdamW"
    kind: Literal["AdamW"] = "AdamW"
    lr: LearningRate = 0.01
    beta1: Kept = Field(
        default=0.9, description="How much of the mean gradient is kept at each step."
    )
    beta2: Kept = Field(default=0.999, description="How much of the mean squared gradient is kept.")
    weight_decay: float = Field(
        default=0.01,
        ge=0,
        le=1,
        description="By which share of itself, times η, each parameter shrinks.",
    )

    def build(self, parameters: "Iterable[Tensor]") -> "TorchOptimizer":
        """Make `torch.optim.AdamW`."""
        from torch import optim

        betas = (self.beta1, self.beta2)
        return optim.AdamW(parameters, lr=self.lr, betas=betas, weight_decay=self.weight_decay)

    def written(self) -> str:
        """Write the call."""
        return (
            f"optim.AdamW(network.parameters(), lr={self.lr}, betas=({self.beta1}, {self.beta2}), "
            f"weight_decay={self.weight_decay})"
        )
