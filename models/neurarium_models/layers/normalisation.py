"""Layers that bring numbers to a common scale, so that deep networks train."""

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from neurarium_models.box import Box, whole
from neurarium_models.footprint import INPUTS_KEPT, Footprint
from neurarium_models.layer import (
    Layer,
    LayerError,
    Outputs,
    Weightless,
    locate,
    only,
    require_numbers,
    require_rank,
)
from neurarium_models.spelling import AXIS, expression, module
from neurarium_models.tensor import AxisChoice, TensorSpec, features

if TYPE_CHECKING:
    from torch import nn

SEQUENCES = ((features(4),), (features(5, 4, axes="TD"),))


class LayerNorm(Layer):
    """Brings the features of each example to mean 0 and spread 1, then scales and shifts them as learned.

    No other example takes part, so it works the same in training and use.
    """

    example_inputs: ClassVar = SEQUENCES

    spelling: ClassVar = module(
        "nn.LayerNorm", "normalized_shape", eps=1e-5, elementwise_affine=True, bias=True
    )
    kind: Literal["LayerNorm"] = "LayerNorm"
    eps: float = Field(
        default=1e-5,
        gt=0,
        le=1,
        description="Added to the variance, so that nothing is divided by 0.",
    )
    elementwise_affine: bool = Field(
        default=True, description="Whether a scale and a shift are learned for each feature."
    )
    bias: bool = Field(default=True, description="Whether there is a shift at all.")

    def outputs(self, x: TensorSpec) -> Outputs:
        """Keep the shape."""
        require_numbers(self.kind, x, instead=only(x))
        require_rank(self.kind, x, 1, instead=only(x))
        return only(x)

    def parameter_shapes(self, x: TensorSpec) -> dict[str, tuple[int, ...]]:
        """A scale and a shift for each feature."""
        names = ["weight", "bias"][: 1 + self.bias] if self.elementwise_affine else []
        return dict.fromkeys(names, x.shape[-1:])

    def flops(self, x: TensorSpec) -> int:
        """No matrix products."""
        return 0

    def arguments(self, x: TensorSpec) -> dict[str, Any]:
        """Add how many features are brought to scale."""
        return super().arguments() | {"normalized_shape": x.shape[-1]}

    def footprint(self, x: TensorSpec) -> Footprint:
        """What comes in; a mean and a spread for each place."""
        return INPUTS_KEPT._replace(kept=2 * x.size // x.shape[-1])

    def build(self, x: TensorSpec) -> "nn.Module":
        """Make `torch.nn.LayerNorm` over the last axis."""
        from torch import nn

        return nn.LayerNorm(x.shape[-1], self.eps, self.elementwise_affine, self.bias)


class RMSNorm(Layer):
    """Divides the features of each example by their root mean square, then scales them as learned."""

    example_inputs: ClassVar = SEQUENCES

    spelling: ClassVar = module("nn.RMSNorm", "normalized_shape", eps=None, elementwise_affine=True)
    kind: Literal["RMSNorm"] = "RMSNorm"
    eps: float | None = Field(
        default=None,
        gt=0,
        le=1,
        description="Added to the mean square; none: the smallest step of the element type.",
    )
    elementwise_affine: bool = Field(
        default=True, description="Whether a scale is learned for each feature."
    )

    def outputs(self, x: TensorSpec) -> Outputs:
        """Keep the shape."""
        require_numbers(self.kind, x, instead=only(x))
        require_rank(self.kind, x, 1, instead=only(x))
        return only(x)

    def parameter_shapes(self, x: TensorSpec) -> dict[str, tuple[int, ...]]:
        """A scale for each feature."""
        return {"weight": x.shape[-1:]} if self.elementwise_affine else {}

    def flops(self, x: TensorSpec) -> int:
        """No matrix products."""
        return 0

    def arguments(self, x: TensorSpec) -> dict[str, Any]:
        """Add how many features are brought to scale."""
        return super().arguments() | {"normalized_shape": x.shape[-1]}

    def footprint(self, x: TensorSpec) -> Footprint:
        """What comes in, and what it is before it is scaled."""
        kept = x.size // x.shape[-1] + self.elementwise_affine * x.size
        return INPUTS_KEPT._replace(kept=kept, moment=x.size, backward=3 * x.size)

    def build(self, x: TensorSpec) -> "nn.Module":
        """Make `torch.nn.RMSNorm` over the last axis."""
        from torch import nn

        return nn.RMSNorm(x.shape[-1], self.eps, self.elementwise_affine)


class L2Normalize(Weightless):
    """Divides each vector by its length: only its direction counts from here on, as in comparing images with texts."""

    example_inputs: ClassVar = SEQUENCES

    spelling: ClassVar = expression("F.normalize", "F.normalize(input, dim=dim)", says=AXIS)
    kind: Literal["L2Normalize"] = "L2Normalize"
    axis: AxisChoice = Field(
        default=-1, description="Along which axis the vectors lie, by name or from the right."
    )

    def outputs(self, x: TensorSpec) -> Outputs:
        """Keep the shape."""
        require_numbers(self.kind, x, instead=only(x))
        locate(self.kind, x, self.axis, instead=only(x))
        return only(x)

    def arguments(self, x: TensorSpec) -> dict[str, Any]:
        """Count the axis from the right."""
        return {"dim": locate(self.kind, x, self.axis)}

    def footprint(self, x: TensorSpec) -> Footprint:
        """What comes in; a length for each vector, before and after it is kept from being 0."""
        vectors = x.size // x.shape[locate(self.kind, x, self.axis)]
        return INPUTS_KEPT._replace(kept=2 * vectors, backward=3 * x.size)

    def build(self, x: TensorSpec) -> "nn.Module":
        """Make our own module; torch has a function only."""
        from neurarium_models import modules

        return modules.L2Normalize(locate(self.kind, x, self.axis))


class BatchNorm(Layer):
    """What batch normalisation of rows and of images have in common: the first axis is that of the channels."""

    eps: float = Field(
        default=1e-5,
        gt=0,
        le=1,
        description="Added to the variance, so that nothing is divided by 0.",
    )
    momentum: float = Field(
        default=0.1, ge=0, le=1, description="How fast the remembered mean and variance follow."
    )
    affine: bool = Field(
        default=True, description="Whether a scale and a shift are learned for each channel."
    )

    def parameter_shapes(self, x: TensorSpec) -> dict[str, tuple[int, ...]]:
        """A scale and a shift for each channel."""
        return dict.fromkeys(("weight", "bias"), x.shape[:1]) if self.affine else {}

    def flops(self, x: TensorSpec) -> int:
        """No matrix products."""
        return 0

    def sees(self, box: Box, edges: bool, x: TensorSpec) -> tuple[Box]:
        """The same cells, as it is in use."""
        return (box,)

    def footprint(self, x: TensorSpec) -> Footprint:
        """What comes in; means and spreads are few."""
        return INPUTS_KEPT._replace(backward=x.size)


class BatchNorm1d(BatchNorm):
    """Brings each feature to mean 0 and spread 1 over the batch, then scales and shifts it as learned.

    In training it uses the examples of the minibatch; in use the averages that it has remembered.
    """

    example_inputs: ClassVar = ((features(4),), (features(3, 5, axes="CT"),))

    spelling: ClassVar = module(
        "nn.BatchNorm1d",
        "num_features",
        eps=1e-5,
        momentum=0.1,
        affine=True,
        track_running_stats=True,
    )
    kind: Literal["BatchNorm1d"] = "BatchNorm1d"

    def outputs(self, x: TensorSpec) -> Outputs:
        """Keep the shape."""
        require_numbers(self.kind, x, instead=only(x))
        if len(x.shape) not in (1, 2):
            message = f"BatchNorm1d takes D or C×T, but its input is {x}. For images there is BatchNorm2d."
            raise LayerError(message, instead=only(x))
        return only(x)

    def arguments(self, x: TensorSpec) -> dict[str, Any]:
        """Add the channels."""
        return super().arguments() | {"num_features": x.shape[0]}

    def build(self, x: TensorSpec) -> "nn.Module":
        """Make `torch.nn.BatchNorm1d`."""
        from torch import nn

        return nn.BatchNorm1d(x.shape[0], self.eps, self.momentum, self.affine)


class BatchNorm2d(BatchNorm):
    """Brings each channel to mean 0 and spread 1 over batch and places, then scales and shifts it as learned.

    In training it uses the examples of the minibatch; in use the averages that it has remembered.
    """

    example_inputs: ClassVar = ((features(3, 4, 4, axes="CHW"),),)

    spelling: ClassVar = module(
        "nn.BatchNorm2d",
        "num_features",
        eps=1e-5,
        momentum=0.1,
        affine=True,
        track_running_stats=True,
    )
    kind: Literal["BatchNorm2d"] = "BatchNorm2d"

    def outputs(self, x: TensorSpec) -> Outputs:
        """Keep the shape."""
        require_numbers(self.kind, x, instead=only(x))
        if len(x.shape) != 3:
            message = f"BatchNorm2d takes images (channels×rows×columns), but its input is {x}."
            raise LayerError(message, instead=only(x))
        return only(x)

    def arguments(self, x: TensorSpec) -> dict[str, Any]:
        """Add the channels."""
        return super().arguments() | {"num_features": x.shape[0]}

    def build(self, x: TensorSpec) -> "nn.Module":
        """Make `torch.nn.BatchNorm2d`."""
        from torch import nn

        return nn.BatchNorm2d(x.shape[0], self.eps, self.momentum, self.affine)


class GroupNorm(Layer):
    """Brings groups of channels of each example to mean 0 and spread 1, then scales and shifts each channel as learned.

    Unlike in BatchNorm2d no other example takes part, so that it works with small batches. One group is a layer norm
    of the image; as many groups as channels an instance norm.
    """

    example_inputs: ClassVar = ((features(4, 4, 4, axes="CHW"),), (features(8, 3, axes="CT"),))

    spelling: ClassVar = module("nn.GroupNorm", "num_groups", "num_channels", eps=1e-5, affine=True)
    kind: Literal["GroupNorm"] = "GroupNorm"
    num_groups: int = Field(
        default=1, ge=1, le=2**20, description="Into how many groups the channels are parted."
    )
    eps: float = Field(
        default=1e-5,
        gt=0,
        le=1,
        description="Added to the variance, so that nothing is divided by 0.",
    )
    affine: bool = Field(
        default=True, description="Whether a scale and a shift are learned for each channel."
    )

    def outputs(self, x: TensorSpec) -> Outputs:
        """Keep the shape."""
        require_numbers(self.kind, x, instead=only(x))
        require_rank(self.kind, x, 1, instead=only(x))
        if x.shape[0] % self.num_groups:
            message = (
                f"The {x.shape[0]} channels cannot be parted into {self.num_groups} equal groups."
            )
            raise LayerError(message, {"num_groups": 1}, instead=only(x))
        return only(x)

    def parameter_shapes(self, x: TensorSpec) -> dict[str, tuple[int, ...]]:
        """A scale and a shift for each channel."""
        return dict.fromkeys(("weight", "bias"), x.shape[:1]) if self.affine else {}

    def flops(self, x: TensorSpec) -> int:
        """No matrix products."""
        return 0

    def sees(self, box: Box, edges: bool, x: TensorSpec) -> tuple[Box]:
        """All of the group."""
        of_group = x.shape[0] // self.num_groups
        first, last = (channel // of_group for channel in box[0])
        return (((first * of_group, (last + 1) * of_group - 1), *whole(x)[1:]),)

    def arguments(self, x: TensorSpec) -> dict[str, Any]:
        """Add the channels."""
        return super().arguments() | {"num_channels": x.shape[0]}

    def footprint(self, x: TensorSpec) -> Footprint:
        """What comes in; means and spreads are few."""
        return INPUTS_KEPT

    def build(self, x: TensorSpec) -> "nn.Module":
        """Make `torch.nn.GroupNorm`."""
        from neurarium_models import modules

        return modules.GroupNorm(self.num_groups, x.shape[0], self.eps, self.affine)


class LocalResponseNorm(Weightless):
    """Divides each number by how strong its neighbours in the next channels are, as in AlexNet: the loudest win."""

    example_inputs: ClassVar = ((features(6, 4, 4, axes="CHW"),),)

    spelling: ClassVar = module("nn.LocalResponseNorm", "size", alpha=1e-4, beta=0.75, k=1.0)
    kind: Literal["LocalResponseNorm"] = "LocalResponseNorm"
    size: int = Field(default=5, ge=1, le=1024, description="How many channels are neighbours.")
    alpha: float = Field(
        default=1e-4, ge=0, le=100, description="How much the neighbours' mean square counts."
    )
    beta: float = Field(default=0.75, ge=0, le=10, description="The power of the divisor.")
    k: float = Field(default=1.0, gt=0, le=100, description="The divisor where all is silent.")

    def outputs(self, x: TensorSpec) -> Outputs:
        """Keep the shape."""
        require_numbers(self.kind, x, instead=only(x))
        if len(x.shape) != 3:
            message = (
                f"LocalResponseNorm takes images (channels×rows×columns), but its input is {x}."
            )
            raise LayerError(message, instead=only(x))
        return only(x)

    def sees(self, box: Box, edges: bool, x: TensorSpec) -> tuple[Box]:
        """The same place in the neighbouring channels."""
        first, last = box[0]
        return (((first - self.size // 2, last + (self.size - 1) // 2), *box[1:]),)

    def footprint(self, x: TensorSpec) -> Footprint:
        """What comes in, the squares with room around them, and two steps on the way to the divisor."""
        room = x.size + (self.size - 1) * x.size // x.shape[0]
        return Footprint(
            output=False,
            kept=2 * x.size + room,
            moment=max(2 * x.size, room),
            backward=3 * x.size,
            forgets=True,
        )

    def build(self, x: TensorSpec) -> "nn.Module":
        """Make `torch.nn.LocalResponseNorm`."""
        from torch import nn

        return nn.LocalResponseNorm(self.size, self.alpha, self.beta, self.k)
