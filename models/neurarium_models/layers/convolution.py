"""Layers that look everywhere in an image with the same small window."""

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from neurarium_models.box import Box
from neurarium_models.footprint import Footprint, convolved, painted
from neurarium_models.layer import Layer, LayerError, Outputs, only, require_numbers
from neurarium_models.spelling import module
from neurarium_models.tensor import TensorSpec, features
from neurarium_models.window import Window, slide

if TYPE_CHECKING:
    from torch import nn

LANES = 16
"""Numbers that the widest processors compute at once."""


class Conv2d(Layer):
    """Slides small filters over an image; each makes a map of where it found what it looks for.

    The same few weights serve at every place, so that a pattern is recognised wherever it is.
    """

    example_inputs: ClassVar = ((features(3, 8, 8, axes="CHW"),), (features(1, 5, 4, axes="CHW"),))

    spelling: ClassVar = module(
        "nn.Conv2d",
        "in_channels",
        "out_channels",
        "kernel_size",
        stride=1,
        padding=0,
        dilation=1,
        groups=1,
        bias=True,
    )
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

    def arguments(self, x: TensorSpec) -> dict[str, Any]:
        """Add the channels that come in."""
        return super().arguments() | {"in_channels": x.shape[0]}

    def footprint(self, x: TensorSpec) -> Footprint:
        """What comes in."""
        y = self.outputs(x)["output"]
        return convolved(x, y, self.kernel_size, self.stride, self.padding, self.groups)

    def build(self, x: TensorSpec) -> "nn.Module":
        """Make `torch.nn.Conv2d`."""
        from torch import nn

        from neurarium_models import modules

        is_plain = self.padding == 0 and self.groups == 1 and x.shape[0] < LANES
        steps = self.kernel_size == 1 < self.stride and is_plain
        return (modules.SteppingConv2d if steps else nn.Conv2d)(
            x.shape[0],
            self.out_channels,
            self.kernel_size,
            self.stride,
            self.padding,
            self.dilation,
            groups=self.groups,
            bias=self.bias,
        )


class ConvTranspose2d(Layer):
    """Conv2d the other way round: each number of a small map paints a whole filter into a larger image.

    It leads from what was found back to where it was: for drawing images, and for seeing what a filter looks for.
    """

    example_inputs: ClassVar = ((features(3, 4, 4, axes="CHW"),), (features(1, 5, 3, axes="CHW"),))

    spelling: ClassVar = module(
        "nn.ConvTranspose2d",
        "in_channels",
        "out_channels",
        "kernel_size",
        stride=1,
        padding=0,
        output_padding=0,
        groups=1,
        bias=True,
    )
    kind: Literal["ConvTranspose2d"] = "ConvTranspose2d"
    out_channels: int = Field(
        default=8, ge=1, le=2**20, description="How many maps the image is to have."
    )
    kernel_size: int = Field(
        default=2, ge=1, le=1024, description="Rows and columns of what each number paints."
    )
    stride: int = Field(
        default=2, ge=1, le=1024, description="How far apart two neighbours paint: the enlargement."
    )
    padding: int = Field(
        default=0, ge=0, le=1024, description="Rings that are cut off the painted image."
    )
    bias: bool = Field(default=True, description="Whether each map adds a learned constant.")

    def outputs(self, x: TensorSpec) -> Outputs:
        """As many maps as wanted, larger by the stride."""
        if len(x.shape) != 3:
            raise LayerError(
                f"{self.kind} takes images (channels×rows×columns), but its input is {x}."
            )
        sides = [(n - 1) * self.stride + self.kernel_size - 2 * self.padding for n in x.shape[1:]]
        shape = (self.out_channels, *(max(side, 1) for side in sides))
        result = only(TensorSpec(axes=x.axes, shape=shape))
        require_numbers(self.kind, x, instead=result)
        if min(sides) < 1:
            message = f"A padding of {self.padding} cuts off all of the painted image."
            raise LayerError(message, {"padding": 0}, instead=result)
        return result

    def parameter_shapes(self, x: TensorSpec) -> dict[str, tuple[int, ...]]:
        """For each map of the input one window a map of the output, and the biases."""
        window = (self.kernel_size, self.kernel_size)
        weight = {"weight": (x.shape[0], self.out_channels, *window)}
        return weight | ({"bias": (self.out_channels,)} if self.bias else {})

    def flops(self, x: TensorSpec) -> int:
        """Two operations for each number of the input and each weight that it meets."""
        return 2 * x.size * self.out_channels * self.kernel_size**2

    def sees(self, box: Box, edges: bool, x: TensorSpec) -> tuple[Box]:
        """Those of all channels that paint there."""
        places = (
            (
                -((self.kernel_size - 1 - self.padding - first) // self.stride),
                (last + self.padding) // self.stride,
            )
            for first, last in box[1:]
        )
        return (((0, x.shape[0] - 1), *places),)

    def arguments(self, x: TensorSpec) -> dict[str, Any]:
        """Add the channels that come in."""
        return super().arguments() | {"in_channels": x.shape[0]}

    def footprint(self, x: TensorSpec) -> Footprint:
        """What comes in."""
        return painted(x, self.outputs(x)["output"], self.kernel_size, self.stride)

    def build(self, x: TensorSpec) -> "nn.Module":
        """Make `torch.nn.ConvTranspose2d`."""
        from torch import nn

        return nn.ConvTranspose2d(
            x.shape[0],
            self.out_channels,
            self.kernel_size,
            self.stride,
            self.padding,
            bias=self.bias,
        )


class Conv1d(Layer):
    """Slides small filters along a sequence, as Conv2d does over an image: a pattern is found whenever it comes."""

    example_inputs: ClassVar = ((features(3, 8, axes="CT"),), (features(1, 5, axes="CT"),))

    spelling: ClassVar = module(
        "nn.Conv1d",
        "in_channels",
        "out_channels",
        "kernel_size",
        stride=1,
        padding=0,
        dilation=1,
        groups=1,
        bias=True,
    )
    kind: Literal["Conv1d"] = "Conv1d"
    out_channels: int = Field(
        default=8, ge=1, le=2**20, description="How many filters, each making one row."
    )
    kernel_size: int = Field(default=3, ge=1, le=1024, description="How long the window is.")
    stride: int = Field(default=1, ge=1, le=1024, description="How far the window moves at a time.")
    padding: int = Field(default=0, ge=0, le=1024, description="Zeros at each end.")
    dilation: int = Field(
        default=1, ge=1, le=1024, description="How far the places of the window are apart."
    )
    bias: bool = Field(default=True, description="Whether each filter adds a learned constant.")

    def outputs(self, x: TensorSpec) -> Outputs:
        """One row for each filter, as long as there are places for the window."""
        if len(x.shape) != 2:
            raise LayerError(f"Conv1d takes sequences (channels×places), but its input is {x}.")
        room = x.shape[1] + 2 * self.padding
        window = self.dilation * (self.kernel_size - 1) + 1
        places = max((room - window) // self.stride + 1, 1)
        result = only(TensorSpec(axes=x.axes, shape=(self.out_channels, places)))
        require_numbers(self.kind, x, instead=result)
        if window > room:
            message = f"A window of {window} does not fit into {room} places, zeros included."
            remedy = {"kernel_size": (room - 1) // self.dilation + 1}
            raise LayerError(message, dict(remedy), instead=result)
        return result

    def parameter_shapes(self, x: TensorSpec) -> dict[str, tuple[int, ...]]:
        """One stack of windows for each filter, and the biases."""
        weight = {"weight": (self.out_channels, x.shape[0], self.kernel_size)}
        return weight | ({"bias": (self.out_channels,)} if self.bias else {})

    def flops(self, x: TensorSpec) -> int:
        """Two operations for each weight of a filter at each place of its row."""
        return 2 * x.shape[0] * self.kernel_size * self.outputs(x)["output"].size

    def sees(self, box: Box, edges: bool, x: TensorSpec) -> tuple[Box]:
        """Through the window, all channels."""
        window = Window(self.kernel_size, self.stride, self.padding, self.dilation)
        return (window.look(box, (0, x.shape[0] - 1), x, edges),)

    def arguments(self, x: TensorSpec) -> dict[str, Any]:
        """Add the channels that come in."""
        return super().arguments() | {"in_channels": x.shape[0]}

    def footprint(self, x: TensorSpec) -> Footprint:
        """What comes in."""
        y = self.outputs(x)["output"]
        return convolved(x, y, self.kernel_size, self.stride, self.padding)

    def build(self, x: TensorSpec) -> "nn.Module":
        """Make `torch.nn.Conv1d`."""
        from torch import nn

        return nn.Conv1d(
            x.shape[0],
            self.out_channels,
            self.kernel_size,
            self.stride,
            self.padding,
            self.dilation,
            bias=self.bias,
        )
