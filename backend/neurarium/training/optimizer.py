"""The contract of every optimiser: how gradients become changes of parameters."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from torch import Tensor
    from torch.optim import Optimizer as TorchOptimizer

LearningRate = Annotated[
    float,
    Field(ge=0, le=1e6, allow_inf_nan=False, description="Learning rate η, the size of a step."),
]
Kept = Annotated[float, Field(ge=0, lt=1)]
"""The share of a running mean that stays, the rest being new."""


class Optimizer(BaseModel, ABC):
    """One learning rule. Fields are named as torch.optim names them; the docstring is the help text.

    A subclass is final and has `kind: Literal["Name"] = "Name"`. It leaves torch the choice between its `foreach` and
    plain kernels. Those called `fused` are up to three times as fast on tiny networks, but round differently at the end
    of a vector, so that an engine that keeps all parameters in one vector would not get the same bits.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    title: ClassVar[str]
    """What the recipe's sentence calls it: `SGD`."""
    variants: ClassVar[Mapping[str, Mapping[str, float | bool]]] = {}
    """Well-known settings under names of their own: `momentum` is SGD with momentum 0.9."""

    kind: str
    lr: LearningRate = 0.1

    @property
    def remembers(self) -> int:
        """How many numbers are kept for each parameter from step to step; who does not say is taken for Adam."""
        return 2

    @property
    def works_with(self) -> int:
        """How many numbers for each parameter of one tensor are there while it is changed."""
        return 2

    @abstractmethod
    def build(self, parameters: "Iterable[Tensor]") -> "TorchOptimizer":
        """Make the torch optimiser; its state is what a checkpoint keeps."""

    @abstractmethod
    def written(self) -> str:
        """Write `build` as PyTorch, with `network.parameters()`."""
