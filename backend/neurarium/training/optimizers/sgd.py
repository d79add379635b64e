"""Stochastic gradient descent, with or without momentum."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from neurarium.training.optimizer import Kept, Optimizer

if TYPE_CHECKING:
    from torch import Tensor
    from torch.optim import Optimizer as TorchOptimizer


class SGD(Optimizer):
    """Every weight moves against its gradient: w ← w - η ∂E/∂w.

    With momentum a weight also keeps part of its last move, like a heavy ball: v ← βv + ∂E/∂w, w ← w - ηv. Nesterov's
    variant corrects by the gradient where that move leads.
    """

    title: ClassVar = "SGD"
    variants: ClassVar = {
        "SGD": {"momentum": 0.0, "nesterov": False},
        "momentum": {"momentum": 0.9, "nesterov": False},
        "Nesterov": {"momentum": 0.9, "nesterov": True},
    }
    kind: Literal["SGD"] = "SGD"
    momentum: Kept = Field(default=0.0, description="β, the part of the last move that is kept.")
    nesterov: bool = Field(
        default=False,
        description="Correct by the gradient where momentum leads; without momentum it changes nothing.",
    )

    @property
    def remembers(self) -> int:
        """The last move, with momentum."""
        return int(self.momentum > 0)

    @property
    def works_with(self) -> int:
        """Nesterov's look ahead."""
        return int(self.nesterov and self.momentum > 0)

    def build(self, parameters: "Iterable[Tensor]") -> "TorchOptimizer":
        """Make `torch.optim.SGD`, which refuses Nesterov's variant without momentum."""
        from torch import optim

        nesterov = self.nesterov and self.momentum > 0
        return optim.SGD(parameters, lr=self.lr, momentum=self.momentum, nesterov=nesterov)

    def written(self) -> str:
        """Write the call."""
        momentum = f", momentum={self.momentum}" if self.momentum else ""
        nesterov = ", nesterov=True" if self.momentum and self.nesterov else ""
        return f"optim.SGD(network.parameters(), lr={self.lr}{momentum}{nesterov})"
