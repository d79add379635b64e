"""Forgetting on purpose."""

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from neurarium_models.footprint import NOTHING_KEPT, Footprint
from neurarium_models.layer import LayerError, Outputs, Weightless, only, require_numbers
from neurarium_models.spelling import module
from neurarium_models.tensor import TensorSpec, features

if TYPE_CHECKING:
    from torch import nn


class Dropout(Weightless):
    """Sets numbers to 0 at random while training, and scales up the others, so that no unit can rely on one other.

    In use everything passes.
    """

    elementwise: ClassVar[bool] = True
    example_inputs: ClassVar = ((features(3),), (features(5, 4, axes="TD"),))

    spelling: ClassVar = module("nn.Dropout", p=0.5, inplace=False)
    kind: Literal["Dropout"] = "Dropout"
    p: float = Field(default=0.5, ge=0, le=1, description="Probability that a number is dropped.")

    def outputs(self, x: TensorSpec) -> Outputs:
        """Keep the shape."""
        require_numbers(self.kind, x, instead=only(x))
        return only(x)

    def footprint(self, x: TensorSpec) -> Footprint:
        """A factor for each number; in use nothing."""
        kept = x.size if self.p else 0
        return NOTHING_KEPT._replace(kept=kept, moment=kept, view=not self.p, idle=True)

    def build(self, x: TensorSpec) -> "nn.Module":
        """Make `torch.nn.Dropout`."""
        from torch import nn

        return nn.Dropout(self.p)


class Dropout2d(Weightless):
    """Sets whole maps of an image to 0 at random while training: neighbours in a map tell nearly the same.

    In use everything passes.
    """

    elementwise: ClassVar[bool] = True
    example_inputs: ClassVar = ((features(3, 4, 4, axes="CHW"),),)

    spelling: ClassVar = module("nn.Dropout2d", p=0.5, inplace=False)
    kind: Literal["Dropout2d"] = "Dropout2d"
    p: float = Field(default=0.2, ge=0, le=1, description="Probability that a map is dropped.")

    def outputs(self, x: TensorSpec) -> Outputs:
        """Keep the shape."""
        require_numbers(self.kind, x, instead=only(x))
        if len(x.shape) != 3:
            message = f"Dropout2d takes images (channels×rows×columns), but its input is {x}."
            raise LayerError(message, instead=only(x))
        return only(x)

    def footprint(self, x: TensorSpec) -> Footprint:
        """A factor for each map; in use nothing."""
        kept = x.shape[0] if self.p else 0
        return NOTHING_KEPT._replace(
            kept=kept, moment=kept, view=not self.p, idle=True, forgets=False
        )

    def build(self, x: TensorSpec) -> "nn.Module":
        """Make `torch.nn.Dropout2d`."""
        from torch import nn

        return nn.Dropout2d(self.p)
