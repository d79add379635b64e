"""RMSprop: each weight's step is divided by the mean size of its gradient."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from neurarium.training.optimizer import Kept, LearningRate, Optimizer

if TYPE_CHECKING:
    from torch import Tensor
    from torch.optim import Optimizer as TorchOptimizer


class RMSprop(Optimizer):
    """Divides each weight's gradient by the root of its mean square, so that all weights move at a similar pace.

    Tieleman and Hinton, 2012.
    """

    title: ClassVar = "RMSprop"
    kind: Literal["RMSprop"] = "RMSprop"
    lr: LearningRate = 0.01
    alpha: Kept = Field(
        default=0.99, description="How much of the mean square is kept at each step."
    )

    @property
    def remembers(self) -> int:
        """The mean square."""
        return 1

    def build(self, parameters: "Iterable[Tensor]") -> "TorchOptimizer":
        """Make `torch.optim.RMSprop`."""
        from torch import optim

        return optim.RMSprop(parameters, lr=self.lr, alpha=self.alpha)

    def written(self) -> str:
        """Write the call."""
        return f"optim.RMSprop(network.parameters(), lr={self.lr}, alpha={self.alpha})"
