"""Adam: each weight has a step size of its own."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from neurarium.training.optimizer import Optimizer

if TYPE_CHECKING:
    from torch import Tensor
    from torch.optim import Optimizer as TorchOptimizer


class Adam(Optimizer):
    """Moves by the mean gradient over its mean size, each weight on its own (Kingma and Ba, 2015)."""

    title: ClassVar = "Adam"
    kind: Literal["Adam"] = "Adam"
    beta1: float = Field(default=0.9, ge=0, lt=1, description="How much of the mean gradient is kept.")
    beta2: float = Field(default=0.999, ge=0, lt=1, description="How much of the mean squared gradient is kept.")

    def build(self, parameters: "Iterable[Tensor]") -> "TorchOptimizer":
        """Make `torch.optim.Adam`."""
        from torch import optim

        return optim.Adam(parameters, lr=self.lr, betas=(self.beta1, self.beta2))
