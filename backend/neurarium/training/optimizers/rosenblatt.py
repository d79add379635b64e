"""Rosenblatt's rule: a mistake adds the example to the weights, or takes it away."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar, Literal

from neurarium.training.optimizer import LearningRate, Optimizer

if TYPE_CHECKING:
    from torch import Tensor
    from torch.optim import Optimizer as TorchOptimizer


class Rosenblatt(Optimizer):
    """Only a mistake changes anything: w ← w + η t x, which is w ← w + η/2 (t - y) x (Rosenblatt, 1958).

    That is plain gradient descent on the loss `mistakes`, with a threshold passing the error back as though its slope
    were 1. If a line exists that parts the classes, the rule finds one.
    """

    title: ClassVar = "Rosenblatt's rule"
    kind: Literal["Rosenblatt"] = "Rosenblatt"
    lr: LearningRate = 1.0

    @property
    def remembers(self) -> int:
        """Nothing."""
        return 0

    @property
    def works_with(self) -> int:
        """Nothing."""
        return 0

    def build(self, parameters: "Iterable[Tensor]") -> "TorchOptimizer":
        """Make plain `torch.optim.SGD`."""
        from torch import optim

        return optim.SGD(parameters, lr=self.lr)

    def written(self) -> str:
        """Write the call."""
        return f"optim.SGD(network.parameters(), lr={self.lr})"
