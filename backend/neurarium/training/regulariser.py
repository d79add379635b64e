"""The contract of every regulariser: a penalty on weights, added to the loss."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from torch import Tensor


class Regulariser(BaseModel, ABC):
    """One penalty λ·Ω(w) on the weights (not the biases). The docstring is the help text.

    A subclass is final and has `kind: Literal["Name"] = "Name"`. The penalty is added to the mean loss, so that λ means
    the same for any number of examples.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    title: ClassVar[str]
    """What the recipe's sentence calls it: `L2`."""
    formula: ClassVar[str]
    """The penalty in LaTeX."""

    kind: str
    strength: float = Field(
        default=0.001,
        ge=0,
        le=1e6,
        allow_inf_nan=False,
        description="λ, how much the penalty counts.",
    )

    @property
    def works_with(self) -> int:
        """How many numbers for each weight are there while its gradient is computed; 0: there is no penalty."""
        return 4

    @abstractmethod
    def penalty(self, weights: "Sequence[Tensor]") -> "Tensor":
        """Compute λ·Ω as one number; 0 if there are no weights."""

    @abstractmethod
    def written(self) -> str:
        """Write `penalty` as an expression in `weights`; empty: there is none."""


def joined(weights: "Sequence[Tensor]") -> "Tensor":
    """Put all weights into one vector: one small operation instead of several for each of them."""
    import torch

    return torch.cat([weight.flatten() for weight in weights]) if weights else torch.zeros(0)
