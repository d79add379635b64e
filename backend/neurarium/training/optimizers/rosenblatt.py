"""Rosenblatt's rule: a mistake adds the example to the weights, or takes it away."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from neurarium.training.optimizer import Optimizer

if TYPE_CHECKING:
    from torch import Tensor
    from torch.optim import Optimizer as TorchOptimizer


class Rosenblatt(Optimizer):
    """After a mistake w ← w + η t x, else nothing (Rosenblatt, 1958).

    Together with a threshold unit and the loss that counts mistakes, this is plain gradient descent: a mistake sends back -t.
    """

    title: ClassVar = "Rosenblatt's rule"
    kind: Literal["Rosenblatt"] = "Rosenblatt"
    lr: float = Field(default=1.0, ge=0, le=1e6, allow_inf_nan=False, description="Learning rate η; its size changes no answer.")

    def build(self, parameters: "Iterable[Tensor]") -> "TorchOptimizer":
        """Make plain `torch.optim.SGD`."""
        from torch import optim

        return optim.SGD(parameters, lr=self.lr)
