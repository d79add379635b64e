"""Layers that calculate nothing: they arrange the same numbers differently, or pick some of them."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from neurarium_models.box import Box, rearranged
from neurarium_models.footprint import NOTHING_KEPT, VIEW, Footprint
from neurarium_models.layer import LayerError, Outputs, Weightless, locate, only, require_numbers
from neurarium_models.spelling import AXIS, expression, module, own_module
from neurarium_models.tensor import Axis, AxisChoice, Size, TensorSpec, features

if TYPE_CHECKING:
    from torch import nn


RGB_AND_MORE = 4
"""From so many channels on, torch enlarges images with the channels of each pixel side by side."""


class Rearranged(Weightless):
    """What layers have in common that put out the numbers that lie there already."""

    def footprint(self, *inputs: TensorSpec) -> Footprint:
        """No memory of its own."""
        return VIEW


class Flatten(Rearranged):
    """Lays several axes out as one long row: an image of 1×28×28 becomes 784 features."""

    example_inputs: ClassVar = ((features(2, 3, 4, axes="CHW"),), (features(3),))

    spelling: ClassVar = module("nn.Flatten", start_dim=1, end_dim=-1)
    kind: Literal["Flatten"] = "Flatten"
    start_axis: AxisChoice | None = Field(
        default=None, description="The first axis to join; none: the very first."
    )
    end_axis: AxisChoice = Field(default=-1, description="The last axis to join.")
    axis: Axis = Field(default="D", description="What the joined axis is called.")

    def outputs(self, x: TensorSpec) -> Outputs:
        """Replace the axes from start to end by one."""
        start, end = self._bounds(x)
        return only(
            TensorSpec(
                axes=(*x.axes[:start], self.axis, *x.axes[end:]),
                shape=(*x.shape[:start], math.prod(x.shape[start:end]), *x.shape[end:]),
                dtype=x.dtype,
            )
        )

    def arguments(self, x: TensorSpec) -> dict[str, Any]:
        """Count both axes from the right, but the very first as torch does, behind the batch."""
        start, end = self._bounds(x)
        first = 1 if self.start_axis is None else start - len(x.shape)
        return {"start_dim": first, "end_dim": end - 1 - len(x.shape)}

    @classmethod
    def settings_from(cls, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Take 1 for the very first axis."""
        start, end = arguments["start_dim"], arguments["end_dim"]
        return {"start_axis": None if start == 1 else start, "end_axis": end}

    def build(self, x: TensorSpec) -> "nn.Module":
        """Make `torch.nn.Flatten`."""
        from torch import nn

        start, end = self._bounds(x)
        return nn.Flatten(start - len(x.shape), end - 1 - len(x.shape))

    def _bounds(self, x: TensorSpec) -> tuple[int, int]:
        rank, everything = (
            len(x.shape),
            only(TensorSpec(axes=(self.axis,), shape=(x.size,), dtype=x.dtype)),
        )
        if not rank:
            raise LayerError(
                "Flatten needs at least 1 axis, but its input is a single number.",
                instead=everything,
            )
        start = (
            0
            if self.start_axis is None
            else rank + locate(self.kind, x, self.start_axis, everything)
        )
        end = rank + locate(self.kind, x, self.end_axis, everything) + 1
        if start >= end:
            raise LayerError(
                "Flatten ends before it starts: choose an end axis to the right of the start.",
                instead=everything,
            )
        return start, end

    def sees(self, box: Box, edges: bool, x: TensorSpec) -> tuple[Box]:
        """The same numbers."""
        return (rearranged(box, self.outputs(x)["output"].shape, x.shape),)


class Reshape(Rearranged):
    """Gives the same numbers other axes: 784 features become an image of 1×28×28."""

    example_inputs: ClassVar = ((features(4),), (features(2, 2, axes="HW"),))

    spelling: ClassVar = expression(
        ".reshape", "input.reshape(len(input), *shape)", "input.reshape(input.shape[0], *shape)"
    )
    kind: Literal["Reshape"] = "Reshape"
    shape: tuple[Size, ...] = Field(
        default=(2, 2), min_length=1, max_length=8, description="The new sizes."
    )
    axes: tuple[Axis, ...] = Field(
        default=("T", "D"), min_length=1, max_length=8, description="What the new axes are called."
    )

    def outputs(self, x: TensorSpec) -> Outputs:
        """Check that no number is lost or made up."""
        if len(self.axes) != len(self.shape):
            message = f"There are {len(self.shape)} sizes, but names for {len(self.axes)} axes."
            raise LayerError(message)
        result = TensorSpec(axes=self.axes, shape=self.shape, dtype=x.dtype)
        if result.size != x.size:
            message = f"Reshape keeps all numbers, but {x} has {x.size:,} and {result} would have {result.size:,}."
            raise LayerError(message, instead=only(result))
        return only(result)

    def build(self, x: TensorSpec) -> "nn.Module":
        """Make our own module; torch has a function only."""
        from neurarium_models import modules

        return modules.Reshape(self.shape)

    def sees(self, box: Box, edges: bool, x: TensorSpec) -> tuple[Box]:
        """The same numbers."""
        return (rearranged(box, self.outputs(x)["output"].shape, x.shape),)


class Permute(Weightless):
    """Puts the axes in another order: channels×rows×columns become rows×columns×channels."""

    example_inputs: ClassVar = ((features(2, 3, axes="TD"),), (features(4, 5, axes="HW"),))

    spelling: ClassVar = expression(".permute", "input.permute(0, *dims)", says={"dims": "axes"})
    kind: Literal["Permute"] = "Permute"
    axes: tuple[AxisChoice, ...] = Field(
        default=(-1, -2),
        max_length=8,
        description="All axes in their new order, by name or from the right.",
    )

    def outputs(self, x: TensorSpec) -> Outputs:
        """Put names and sizes in the new order."""
        order = self._order(x)
        return only(
            TensorSpec(
                axes=tuple(x.axes[at] for at in order),
                shape=tuple(x.shape[at] for at in order),
                dtype=x.dtype,
            )
        )

    def arguments(self, x: TensorSpec) -> dict[str, Any]:
        """Count the axes from the right."""
        return {"dims": self._order(x)}

    def footprint(self, x: TensorSpec) -> Footprint:
        """The same numbers, which most layers copy into their order."""
        return NOTHING_KEPT

    def build(self, x: TensorSpec) -> "nn.Module":
        """Make our own module; torch has a function only."""
        from neurarium_models import modules

        return modules.Permute(self._order(x))

    def _order(self, x: TensorSpec) -> tuple[int, ...]:
        order = tuple(locate(self.kind, x, axis, instead=only(x)) for axis in self.axes)
        if sorted(order) != list(range(-len(x.shape), 0)):
            message = f"Permute must name each axis of its input once: {', '.join(x.axes) or 'there are none'}."
            raise LayerError(message, instead=only(x))
        return order

    def sees(self, box: Box, edges: bool, x: TensorSpec) -> tuple[Box]:
        """The same cells, under the old order of the axes."""
        old = sorted(zip(self._order(x), box, strict=True))
        return (tuple(side for _, side in old),)


class Unsqueeze(Rearranged):
    """Adds an axis of size 1: one row becomes a table of one row."""

    example_inputs: ClassVar = ((features(3),), (features(4, 5, axes="HW"),))

    spelling: ClassVar = expression(
        ".unsqueeze", "input.unsqueeze(dim)", "input.unsqueeze(dim=dim)"
    )
    kind: Literal["Unsqueeze"] = "Unsqueeze"
    dim: int = Field(
        default=-1,
        ge=-8,
        le=-1,
        description="Where the new axis is to be, from the right: -1 is last.",
    )
    axis: Axis = Field(default="C", description="What the new axis is called.")

    def outputs(self, x: TensorSpec) -> Outputs:
        """Insert the axis."""
        at = len(x.shape) + 1 + self.dim
        if at < 0:
            message = f"{x} and one more axis has no number {-self.dim} from the right."
            raise LayerError(message, {"dim": -len(x.shape) - 1})
        return only(
            TensorSpec(
                axes=(*x.axes[:at], self.axis, *x.axes[at:]),
                shape=(*x.shape[:at], 1, *x.shape[at:]),
                dtype=x.dtype,
            )
        )

    def build(self, x: TensorSpec) -> "nn.Module":
        """Make our own module; torch has a function only."""
        from neurarium_models import modules

        return modules.Unsqueeze(self.dim)

    def sees(self, box: Box, edges: bool, x: TensorSpec) -> tuple[Box]:
        """The same numbers."""
        return (rearranged(box, self.outputs(x)["output"].shape, x.shape),)


class Select(Rearranged):
    """Picks one place along an axis, the first or the last token for instance."""

    example_inputs: ClassVar = ((features(5, 4, axes="TD"),), (features(2, 4, 4, axes="CHW"),))

    spelling: ClassVar = expression(
        ".select", "input.select(dim, index)", "input.select(dim=dim, index=index)", says=AXIS
    )
    kind: Literal["Select"] = "Select"
    axis: AxisChoice = Field(default=-2, description="Along which axis, by name or from the right.")
    index: int = Field(
        default=0, ge=-(2**31), le=2**31, description="Which place: 0 is the first, -1 the last."
    )

    def outputs(self, x: TensorSpec) -> Outputs:
        """Drop the axis."""
        at = len(x.shape) + locate(self.kind, x, self.axis)
        result = only(_without(x, at))
        if not -x.shape[at] <= self.index < x.shape[at]:
            message = f"There is no place {self.index} among the {x.shape[at]} along the axis {x.axes[at]}."
            raise LayerError(message, {"index": -1}, instead=result)
        return result

    def arguments(self, x: TensorSpec) -> dict[str, Any]:
        """Count the axis from the right."""
        return {"dim": locate(self.kind, x, self.axis), "index": self.index}

    def build(self, x: TensorSpec) -> "nn.Module":
        """Make our own module; torch has a function only."""
        from neurarium_models import modules

        return modules.Select(locate(self.kind, x, self.axis), self.index)

    def sees(self, box: Box, edges: bool, x: TensorSpec) -> tuple[Box]:
        """The place that was picked."""
        axis = len(x.shape) + locate(self.kind, x, self.axis)
        index = self.index % x.shape[axis]
        return ((*box[:axis], (index, index), *box[axis:]),)


class Mean(Weightless):
    """Averages along an axis: a whole sequence becomes one vector, a map one number."""

    optional_ports: ClassVar[tuple[str, ...]] = ("mask",)
    example_inputs: ClassVar = (
        (features(5, 4, axes="TD"), None),
        (features(5, 4, axes="TD"), features(5, axes="T", dtype="bool")),
        (features(2, 4, 4, axes="CHW"), None),
    )

    spelling: ClassVar = own_module("Mean", "dim", says=AXIS)
    kind: Literal["Mean"] = "Mean"
    axis: AxisChoice = Field(default=-2, description="Along which axis, by name or from the right.")

    def outputs(self, x: TensorSpec, mask: TensorSpec | None) -> Outputs:
        """Drop the axis; the mask is true at places that count."""
        at = len(x.shape) + locate(self.kind, x, self.axis)
        result = only(_without(x, at))
        require_numbers(self.kind, x, instead=result)
        if mask is not None and (mask.dtype, mask.shape) != ("bool", (x.shape[at],)):
            message = (
                f"The mask must be true or false for each of the {x.shape[at]} places, "
                f"but it is {mask} of {mask.dtype}."
            )
            raise LayerError(message, instead=result)
        return result

    def arguments(self, x: TensorSpec, mask: TensorSpec | None) -> dict[str, Any]:
        """Count the axis from the right."""
        return {"dim": locate(self.kind, x, self.axis)}

    def footprint(self, x: TensorSpec, mask: TensorSpec | None) -> Footprint:
        """Only with a mask: which places count, and what is left of the others for a moment."""
        kept = 0 if mask is None else mask.size + 1
        return NOTHING_KEPT._replace(kept=kept, moment=x.size if kept else 0)

    def build(self, x: TensorSpec, mask: TensorSpec | None) -> "nn.Module":
        """Make our own module; torch has a function only."""
        from neurarium_models import modules

        return modules.Mean(locate(self.kind, x, self.axis))

    def sees(
        self, box: Box, edges: bool, x: TensorSpec, mask: TensorSpec | None
    ) -> tuple[Box | None, ...]:
        """All that is averaged."""
        axis = len(x.shape) + locate(self.kind, x, self.axis)
        return ((*box[:axis], (0, x.shape[axis] - 1), *box[axis:]), None)


class ZeroPad2d(Weightless):
    """Puts rings of zeros around an image, so that a window has room at its edges too."""

    example_inputs: ClassVar = ((features(3, 4, 4, axes="CHW"),), (features(1, 5, 3, axes="CHW"),))

    spelling: ClassVar = module("nn.ZeroPad2d", "padding")
    kind: Literal["ZeroPad2d"] = "ZeroPad2d"
    padding: int = Field(default=1, ge=1, le=1024, description="How many rings.")

    def outputs(self, x: TensorSpec) -> Outputs:
        """More rows and columns at all four sides."""
        return _image(self.kind, x, [side + 2 * self.padding for side in x.shape[1:]])

    def sees(self, box: Box, edges: bool, x: TensorSpec) -> tuple[Box]:
        """The pixel that was moved there."""
        places = ((first - self.padding, last - self.padding) for first, last in box[1:])
        return ((box[0], *places),)

    def footprint(self, x: TensorSpec) -> Footprint:
        """Nothing."""
        return NOTHING_KEPT

    def build(self, x: TensorSpec) -> "nn.Module":
        """Make `torch.nn.ZeroPad2d`."""
        from torch import nn

        return nn.ZeroPad2d(self.padding)


class Upsample(Weightless):
    """Enlarges an image: each pixel becomes a square of its own value."""

    example_inputs: ClassVar = ((features(3, 4, 4, axes="CHW"),), (features(1, 5, 3, axes="CHW"),))

    spelling: ClassVar = module("nn.Upsample", size=None, scale_factor=None, mode="nearest")
    kind: Literal["Upsample"] = "Upsample"
    scale_factor: int = Field(default=2, ge=1, le=64, description="Rows and columns of the square.")

    def outputs(self, x: TensorSpec) -> Outputs:
        """As many times more rows and columns."""
        return _image(self.kind, x, [side * self.scale_factor for side in x.shape[1:]])

    def sees(self, box: Box, edges: bool, x: TensorSpec) -> tuple[Box]:
        """The pixel of which it is a part."""
        places = (
            (first // self.scale_factor, last // self.scale_factor) for first, last in box[1:]
        )
        return ((box[0], *places),)

    def footprint(self, x: TensorSpec) -> Footprint:
        """Nothing."""
        if x.shape[0] < RGB_AND_MORE:
            return NOTHING_KEPT
        size = x.size + self.outputs(x)["output"].size
        return NOTHING_KEPT._replace(moment=size, turns=True)

    def build(self, x: TensorSpec) -> "nn.Module":
        """Make `torch.nn.Upsample`."""
        from torch import nn

        return nn.Upsample(scale_factor=self.scale_factor)


def _image(kind: str, x: TensorSpec, sides: list[int]) -> Outputs:
    """Describe an image of other rows and columns, or say that the input is none."""
    if len(x.shape) != 3:
        raise LayerError(f"{kind} takes images (channels×rows×columns), but its input is {x}.")
    result = only(TensorSpec(axes=x.axes, shape=(x.shape[0], *sides)))
    require_numbers(kind, x, instead=result)
    return result


def _without(x: TensorSpec, at: int) -> TensorSpec:
    """Drop one axis of a description."""
    return TensorSpec(
        axes=x.axes[:at] + x.axes[at + 1 :], shape=x.shape[:at] + x.shape[at + 1 :], dtype=x.dtype
    )
