"""Stochastic gradient descent, with or without momentum."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from neurarium.training.optimizer import Optimizer

if TYPE_CHECKING:
    from torch import Tensor
    from torch.optim import Optimizer as TorchOptimizer


class SGD(Optimizer):
    """Every weight moves against its gradient: w ← w − η ∂E/∂w. Momentum keeps part of the last move."""

    title: ClassVar = "SGD"
    variants: ClassVar = {
        "SGD": {"momentum": 0.0, "nesterov": False},
        "momentum": {"momentum": 0.9, "nesterov": False},
        "Nesterov": {"momentum": 0.9, "nesterov": True},
    }
    kind: Literal["SGD"] = "SGD"
    momentum: float = Field(default=0.0, ge=0, lt=1, description="β, the part of the last move that is kept.")
    nesterov: bool = Field(default=False, description="Whether the gradient is taken where momentum leads.")

    def build(self, parameters: "Iterable[Tensor]") -> "TorchOptimizer":
        """Make `torch.optim.SGD`."""
        from torch import optim

        nesterov = self.nesterov and self.momentum > 0
        return optim.SGD(parameters, lr=self.lr, momentum=self.momentum, nesterov=nesterov)
