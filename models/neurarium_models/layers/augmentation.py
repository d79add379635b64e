"""Showing the same examples a little differently each time."""

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from neurarium_models.box import Box
from neurarium_models.footprint import Footprint
from neurarium_models.layer import LayerError, Outputs, Weightless, only, require_numbers
from neurarium_models.spelling import own_module
from neurarium_models.tensor import TensorSpec, features

if TYPE_CHECKING:
    from torch import nn


class RandomAffine(Weightless):
    """Turns, shifts and scales each image at random while training: what is learned must not hang on the exact place.

    In use everything passes. What moves in from outside is what stood at the edge.
    """

    example_inputs: ClassVar = ((features(1, 6, 6, axes="CHW"),),)

    spelling: ClassVar = own_module("RandomAffine", "degrees", "translate", "scale")
    kind: Literal["RandomAffine"] = "RandomAffine"
    degrees: float = Field(
        default=10, ge=0, le=180, description="Images are turned by up to so much to either side."
    )
    translate: float = Field(
        default=0.1, ge=0, le=1, description="Greatest shift, as a part of the image's side."
    )
    scale: float = Field(
        default=0.1, ge=0, lt=1, description="Greatest part by which images grow or shrink."
    )

    def outputs(self, x: TensorSpec) -> Outputs:
        """Keep the shape."""
        require_numbers(self.kind, x, instead=only(x))
        if len(x.shape) != 3:
            message = f"RandomAffine takes images (channels×rows×columns), but its input is {x}."
            raise LayerError(message, instead=only(x))
        return only(x)

    def sees(self, box: Box, edges: bool, x: TensorSpec) -> tuple[Box]:
        """The same pixel: that is so in use."""
        return (box,)

    def footprint(self, x: TensorSpec) -> Footprint:
        """What comes in, and where each pixel came from; in use nothing."""
        pixels = x.size // x.shape[0]
        return Footprint(
            output=False,
            kept=2 * pixels,
            moment=max(2 * pixels, 5 * pixels - x.size),
            backward=2 * pixels,
            idle=True,
        )

    def build(self, x: TensorSpec) -> "nn.Module":
        """Make our own module; torch has none."""
        from neurarium_models import modules

        return modules.RandomAffine(self.degrees, self.translate, self.scale)
