"""Fully connected layers."""

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from neurarium_models.box import Box
from neurarium_models.footprint import INPUTS_KEPT, Footprint
from neurarium_models.layer import Layer, Outputs, only, require_numbers, require_rank
from neurarium_models.spelling import module
from neurarium_models.tensor import TensorSpec, features

if TYPE_CHECKING:
    from torch import nn


class Linear(Layer):
    """Every output looks at every input: y = W x + b.

    Each unit multiplies every number it is given with a weight of its own, adds the products and a bias. On a sequence
    the same weights serve at every place.
    """

    example_inputs: ClassVar = ((features(3),), (features(5, 4, axes="TD"),))

    spelling: ClassVar = module("nn.Linear", "in_features", "out_features", bias=True)
    kind: Literal["Linear"] = "Linear"
    out_features: int = Field(default=4, ge=1, le=2**31, description="How many outputs (units).")
    bias: bool = Field(default=True, description="Whether each output adds a learned constant.")

    def outputs(self, x: TensorSpec) -> Outputs:
        """Replace the last axis by `out_features`."""
        result = only(
            TensorSpec(axes=(*x.axes[:-1], "D"), shape=(*x.shape[:-1], self.out_features))
        )
        require_numbers(self.kind, x, instead=result)
        require_rank(self.kind, x, 1, instead=result)
        return result

    def parameter_shapes(self, x: TensorSpec) -> dict[str, tuple[int, ...]]:
        """One row of weights per output, and the biases."""
        weight = {"weight": (self.out_features, x.shape[-1])}
        return weight | ({"bias": (self.out_features,)} if self.bias else {})

    def flops(self, x: TensorSpec) -> int:
        """Two operations per weight and place."""
        return 2 * x.size * self.out_features

    def sees(self, box: Box, edges: bool, x: TensorSpec) -> tuple[Box]:
        """Every feature, of its own place where there are several."""
        return ((*box[:-1], (0, x.shape[-1] - 1)),)

    def arguments(self, x: TensorSpec) -> dict[str, Any]:
        """Add the features that come in."""
        return super().arguments() | {"in_features": x.shape[-1]}

    def footprint(self, x: TensorSpec) -> Footprint:
        """What comes in."""
        return INPUTS_KEPT

    def build(self, x: TensorSpec) -> "nn.Module":
        """Make `torch.nn.Linear`."""
        from torch import nn

        return nn.Linear(x.shape[-1], self.out_features, bias=self.bias)
