"""What is known of a tensor before it exists: named axes, sizes and an element type.

The axis of the batch (and of replicas) is never part of a description: every tensor of a network has one in front.
"""

import math
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Axis = Annotated[str, Field(pattern=r"^[A-Z][A-Za-z0-9_]{0,15}$")]
"""By custom `D` features, `K` classes, `C H W` channels, rows and columns of an image, `T` and `S` places in a target
and a source sequence, `N` items without order."""
AxisChoice = Axis | Annotated[int, Field(ge=-8, le=-1)]
"""An axis by name, or counted from the right: -1 is the last one."""
DType = Literal["float32", "int64", "bool"]
UNIT_AXES = ("D", "K", "C")
"""Features, classes, channels: what is counted in units, the first of them that there is."""
MAXIMUM_SIZE = 2**53
Size = Annotated[int, Field(ge=1, le=MAXIMUM_SIZE)]


class TensorSpec(BaseModel):
    """One tensor of one example: axes from left to right, their sizes, the element type."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    axes: tuple[Axis, ...] = Field(
        max_length=8, description="Names of the axes, without the batch."
    )
    shape: tuple[Size, ...] = Field(max_length=8, description="Size of each axis.")
    dtype: DType = Field(
        default="float32", description="Element type. Floating point follows the run's precision."
    )

    @model_validator(mode="after")
    def _axes_fit_shape(self) -> "TensorSpec":
        if len(self.axes) != len(self.shape):
            raise ValueError(f"{len(self.axes)} axis names do not fit {len(self.shape)} sizes.")
        return self

    @property
    def size(self) -> int:
        """Number of elements of one example."""
        return math.prod(self.shape)

    def __str__(self) -> str:
        """Write the shape as people do: `16×8×8`."""
        return "×".join(map(str, self.shape)) or "scalar"


def features(*sizes: int, axes: str = "D", dtype: DType = "float32") -> TensorSpec:
    """Shorthand: `features(2)` is a vector of two features, `features(1, 28, 28, axes="CHW")` an image."""
    return TensorSpec(axes=tuple(axes), shape=sizes, dtype=dtype)


def unit_axis(spec: TensorSpec) -> int:
    """Find the axis along which units are counted: features, classes or channels, else the last."""
    named = [spec.axes.index(axis) for axis in UNIT_AXES if axis in spec.axes]
    return named[0] if named else len(spec.axes) - 1
