"""The contract of every regulariser: a penalty on parameters, added to the loss."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from torch import Tensor


class Regulariser(BaseModel, ABC):
    """One penalty λ·Ω(w) on the weights (not the biases). The docstring is the help text."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    title: ClassVar[str]
    formula: ClassVar[str]
    """The penalty in LaTeX."""
    strength: float = Field(default=0.0001, ge=0, le=1e6, allow_inf_nan=False, description="λ, how much the penalty counts.")

    @abstractmethod
    def penalty(self, weights: "Sequence[Tensor]") -> "Tensor":
        """Compute λ·Ω as one number."""
