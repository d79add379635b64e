"""Layers that make an image smaller."""

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from neurarium_models.box import Box
from neurarium_models.footprint import INPUTS_KEPT, NOTHING_KEPT, Footprint
from neurarium_models.layer import LayerError, Outputs, Weightless, only, require_numbers
from neurarium_models.spelling import module
from neurarium_models.tensor import TensorSpec, features
from neurarium_models.window import Window, slide

if TYPE_CHECKING:
    from torch import nn


class Pool(Weightless):
    """What pooling layers have in common: a window that looks at each channel by itself."""

    example_inputs: ClassVar = ((features(3, 8, 8, axes="CHW"),), (features(2, 5, 4, axes="CHW"),))

    kernel_size: int = Field(
        default=2, ge=1, le=1024, description="Rows and columns of the window."
    )
    stride: int | None = Field(
        default=None,
        ge=1,
        le=1024,
        description="How far the window moves at a time; none: by its own size.",
    )
    padding: int = Field(
        default=0, ge=0, le=512, description="Rings around the image; at most half the window."
    )

    def outputs(self, x: TensorSpec) -> Outputs:
        """Keep the channels; one number for each place of the window."""
        shape = slide(self.kind, x, self.kernel_size, self.stride or self.kernel_size, self.padding)
        result = only(TensorSpec(axes=x.axes, shape=shape))
        require_numbers(self.kind, x, instead=result)
        if self.padding > self.kernel_size // 2:
            message = f"A padding of {self.padding} is more than half of the window of {self.kernel_size}."
            raise LayerError(message, {"padding": self.kernel_size // 2}, instead=result)
        return result

    def sees(self, box: Box, edges: bool, x: TensorSpec) -> tuple[Box]:
        """Through the window, the channel itself."""
        window = Window(self.kernel_size, self.stride or self.kernel_size, self.padding)
        return (window.look(box, box[0], x, edges),)


class MaxPool2d(Pool):
    """Keeps the largest number in each window: whether something was found counts, not exactly where."""

    spelling: ClassVar = module(
        "nn.MaxPool2d",
        "kernel_size",
        stride=None,
        padding=0,
        dilation=1,
        return_indices=False,
        ceil_mode=False,
    )
    kind: Literal["MaxPool2d"] = "MaxPool2d"

    def footprint(self, x: TensorSpec) -> Footprint:
        """What comes in, and where in it each maximum was found: whole numbers of 8 bytes."""
        places = self.outputs(x)["output"].size
        return Footprint(output=False, kept=2 * places, moment=2 * places)

    def build(self, x: TensorSpec) -> "nn.Module":
        """Make `torch.nn.MaxPool2d`."""
        from torch import nn

        return nn.MaxPool2d(self.kernel_size, self.stride, self.padding)


class AvgPool2d(Pool):
    """Averages each window: the image becomes smaller and smoother."""

    spelling: ClassVar = module(
        "nn.AvgPool2d", "kernel_size", stride=None, padding=0, ceil_mode=False
    )
    kind: Literal["AvgPool2d"] = "AvgPool2d"

    def footprint(self, x: TensorSpec) -> Footprint:
        """What comes in."""
        return INPUTS_KEPT

    def build(self, x: TensorSpec) -> "nn.Module":
        """Make `torch.nn.AvgPool2d`."""
        from torch import nn

        return nn.AvgPool2d(self.kernel_size, self.stride, self.padding)


class AdaptiveAvgPool2d(Weightless):
    """Averages an image of any size down to a given one; 1 leaves the mean of each map, which needs no dense layer."""

    example_inputs: ClassVar = ((features(3, 8, 8, axes="CHW"),), (features(2, 5, 4, axes="CHW"),))

    spelling: ClassVar = module("nn.AdaptiveAvgPool2d", "output_size")
    kind: Literal["AdaptiveAvgPool2d"] = "AdaptiveAvgPool2d"
    output_size: int = Field(
        default=1, ge=1, le=1024, description="Rows and columns that are to be left."
    )

    def outputs(self, x: TensorSpec) -> Outputs:
        """Keep the channels; as many rows and columns as wanted."""
        if len(x.shape) != 3:
            raise LayerError(
                f"{self.kind} takes images (channels×rows×columns), but its input is {x}."
            )
        result = only(
            TensorSpec(axes=x.axes, shape=(x.shape[0], self.output_size, self.output_size))
        )
        require_numbers(self.kind, x, instead=result)
        return result

    def sees(self, box: Box, edges: bool, x: TensorSpec) -> tuple[Box]:
        """Its share of the rows and columns, of the channel itself; shares may overlap by one."""
        size = self.output_size
        places = (
            (first * side // size, -(-(last + 1) * side // size) - 1)
            for (first, last), side in zip(box[1:], x.shape[1:], strict=True)
        )
        return ((box[0], *places),)

    def footprint(self, x: TensorSpec) -> Footprint:
        """What comes in, unless it is a plain mean."""
        return NOTHING_KEPT._replace(spreads=True) if self.output_size == 1 else INPUTS_KEPT

    def build(self, x: TensorSpec) -> "nn.Module":
        """Make `torch.nn.AdaptiveAvgPool2d`."""
        from torch import nn

        return nn.AdaptiveAvgPool2d(self.output_size)
