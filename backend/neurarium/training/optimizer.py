"""The contract of every optimiser: how gradients become changes of parameters."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from torch import Tensor
    from torch.optim import Optimizer as TorchOptimizer


class Optimizer(BaseModel, ABC):
    """One learning rule. Fields are named as torch.optim names them; the docstring is the help text."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    title: ClassVar[str]
    """What the recipe's sentence calls it: `SGD`."""
    variants: ClassVar[dict[str, dict[str, float | bool]]] = {}
    """Well-known settings under names of their own: `momentum` is SGD with momentum 0.9."""
    lr: float = Field(default=0.1, ge=0, le=1e6, allow_inf_nan=False, description="Learning rate η, the size of a step.")

    @abstractmethod
    def build(self, parameters: "Iterable[Tensor]") -> "TorchOptimizer":
        """Make the torch optimiser; its state_dict is what a checkpoint keeps."""
