"""Layers that calculate nothing: they arrange the same numbers differently, or pick some of them."""

import math
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from neurarium_models.layer import LayerError, Outputs, Weightless, locate, only
from neurarium_models.tensor import Axis, AxisChoice, TensorSpec, features

if TYPE_CHECKING:
    from torch import nn


class Flatten(Weightless):
    """Lays several axes out as one long row: an image of 1×28×28 becomes 784 features."""

    example_inputs: ClassVar = ((features(2, 3, 4, axes="CHW"),), (features(3),))

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
