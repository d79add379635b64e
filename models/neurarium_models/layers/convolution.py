"""Layers that look everywhere in an image with the same small window."""

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from neurarium_models.box import Box
from neurarium_models.layer import Layer, LayerError, Outputs, only, require_numbers
from neurarium_models.tensor import TensorSpec, features
from neurarium_models.window import Window, slide

if TYPE_CHECKING:
    from torch import nn


class Conv2d(Layer):
    """Slides small filters over an image; each makes a map of where it found what it looks for.

    The same few weights serve at every place, so that a pattern is recognised wherever it is.
    """

    example_inputs: ClassVar = ((features(3, 8, 8, axes="CHW"),), (features(1, 5, 4, axes="CHW"),))

    kind: Literal["Conv2d"] = "Conv2d"
    out_channels: int = Field(
        default=8, ge=1, le=2**20, description="How many filters, each making one map."
    )
    kernel_size: int = Field(
        default=3, ge=1, le=1024, description="Rows and columns of the window."
    )
    stride: int = Field(default=1, ge=1, le=1024, description="How far the window moves at a time.")
    padding: int = Field(default=0, ge=0, le=1024, description="Rings of zeros around the image.")
    dilation: int = Field(
        default=1,
        ge=1,
        le=1024,
        description="How far apart the cells of the window are: with 1 they touch.",
    )
    groups: int = Field(
        default=1, ge=1, le=2**20, description="Into how many groups the channels are parted."
    )
    bias: bool = Field(default=True, description="Whether each filter adds a learned constant.")

    def outputs(self, x: TensorSpec) -> Outputs:
        """One map for each filter, as large as there are places for the window."""
        shape = slide(
            self.kind,
            x,
            self.kernel_size,
            self.stride,
            self.padding,
            channels=self.out_channels,
            dilation=self.dilation,
        )
        result = only(TensorSpec(axes=x.axes, shape=shape))
        require_numbers(self.kind, x, instead=result)
        for channels, whose in ((x.shape[0], "of the input"), (self.out_channels, "of the output")):
            if channels % self.groups:
                message = f"The {channels} channels {whose} cannot be parted into {self.groups} equal groups."
                raise LayerError(message, {"groups": 1}, instead=result)
        return result

    def parameter_shapes(self, x: TensorSpec) -> dict[str, tuple[int, ...]]:
        """One small stack of windows for each filter, and the biases."""
        window = (self.kernel_size, self.kernel_size)
        weight = {"weight": (self.out_channels, x.shape[0] // self.groups, *window)}
        return weight | ({"bias": (self.out_channels,)} if self.bias else {})

    def flops(self, x: TensorSpec) -> int:
        """Two operations for each weight of a filter at each place of its map."""
        weights = x.shape[0] // self.groups * self.kernel_size**2
        return 2 * weights * self.outputs(x)["output"].size

    def sees(self, box: Box, edges: bool, x: TensorSpec) -> tuple[Box]:
        """Through the window, the channels of the filters' own groups."""
        first, last = (filter_ // (self.out_channels // self.groups) for filter_ in box[0])
        of_group = x.shape[0] // self.groups
        channels = (first * of_group, (last + 1) * of_group - 1)
        window = Window(self.kernel_size, self.stride, self.padding, self.dilation)
        return (window.look(box, channels, x, edges),)

    def build(self, x: TensorSpec) -> "nn.Module":
        """Make `torch.nn.Conv2d`."""
        from torch import nn

        return nn.Conv2d(
            x.shape[0],
            self.out_channels,
            self.kernel_size,
            self.stride,
            self.padding,
            self.dilation,
            groups=self.groups,
            bias=self.bias,
        )
