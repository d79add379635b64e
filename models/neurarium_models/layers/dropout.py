"""Forgetting on purpose."""

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from neurarium_models.layer import Outputs, Weightless, only, require_numbers
from neurarium_models.tensor import TensorSpec, features

if TYPE_CHECKING:
    from torch import nn


class Dropout(Weightless):
    """Sets numbers to 0 at random while training, and scales up the others, so that no unit can rely on one other.

    In use everything passes.
    """

    elementwise: ClassVar[bool] = True
    example_inputs: ClassVar = ((features(3),), (features(5, 4, axes="TD"),))

    kind: Literal["Dropout"] = "Dropout"
    p: float = Field(default=0.5, ge=0, le=1, description="Probability that a number is dropped.")

    def outputs(self, x: TensorSpec) -> Outputs:
        """Keep the shape."""
        require_numbers(self.kind, x, instead=only(x))
        return only(x)

    def build(self, x: TensorSpec) -> "nn.Module":
        """Make `torch.nn.Dropout`."""
        from torch import nn

        return nn.Dropout(self.p)
