"""Layers that join several inputs: residual connections, gates, side by side, likeness."""

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from neurarium_models.box import Box
from neurarium_models.footprint import NOTHING_KEPT, Footprint
from neurarium_models.layer import LayerError, Outputs, Weightless, locate, only, require_numbers
from neurarium_models.spelling import AXIS, expression
from neurarium_models.tensor import AxisChoice, TensorSpec, features

if TYPE_CHECKING:
    from torch import nn

PAIR = 2
IMAGE = features(3, 4, 4, axes="CHW")
ALIKE = (
    (features(4), features(4)),
    (IMAGE, IMAGE, IMAGE),
    (IMAGE, features(3, 1, 1, axes="CHW")),
)


class Cellwise(Weightless):
    """Combines cells that lie at the same place; an axis of size 1 is stretched to the size of the others."""

    ports: ClassVar[tuple[str, ...]] = ("input",)
    variadic: ClassVar[bool] = True
    example_inputs: ClassVar = ALIKE

    def outputs(self, *inputs: TensorSpec) -> Outputs:
        """Find the common shape."""
        first = inputs[0]
        require_numbers(self.kind, *inputs, instead=only(first))
        shape = list(first.shape)
        for x in inputs[1:]:
            fits = len(x.shape) == len(shape) and all(
                a == b or 1 in (a, b) for a, b in zip(x.shape, shape, strict=True)
            )
            if not fits:
                message = (
                    f"{self.kind} needs inputs of one shape, but it is given {first} and {x}. "
                )
                raise LayerError(
                    message + "Make both the same, by a Linear for instance.", instead=only(first)
                )
            shape = [max(a, b) for a, b in zip(x.shape, shape, strict=True)]
        return only(first.model_copy(update={"shape": tuple(shape)}))

    def sees(self, box: Box, edges: bool, *inputs: TensorSpec) -> tuple[Box, ...]:
        """The same cells; the one cell of an axis that is stretched."""
        return tuple(
            tuple((0, 0) if size == 1 else side for side, size in zip(box, x.shape, strict=True))
            for x in inputs
        )


class Add(Cellwise):
    """Adds its inputs, number by number.

    Around a layer it makes a residual connection: the layer learns only what is to change.
    """

    spelling: ClassVar = expression("+", "sum([*input])", operator="+")
    kind: Literal["Add"] = "Add"

    def footprint(self, *inputs: TensorSpec) -> Footprint:
        """A sum on the way, if there are more than two."""
        return Footprint(
            inputs=False,
            output=False,
            moment=self.outputs(*inputs)["output"].size if len(inputs) > PAIR else 0,
            straight=True,
        )

    def build(self, *inputs: TensorSpec) -> "nn.Module":
        """Make our own module; torch has an operator only."""
        from neurarium_models import modules

        return modules.Add()


class Multiply(Cellwise):
    """Multiplies its inputs, number by number. With one input between 0 and 1 it is a gate."""

    spelling: ClassVar = expression("*", "math.prod([*input])", operator="*")
    kind: Literal["Multiply"] = "Multiply"

    def footprint(self, *inputs: TensorSpec) -> Footprint:
        """All factors, and the products on the way."""
        size = self.outputs(*inputs)["output"].size if len(inputs) > PAIR else 0
        return Footprint(output=False, kept=(len(inputs) - PAIR) * size, moment=size)

    def build(self, *inputs: TensorSpec) -> "nn.Module":
        """Make our own module; torch has an operator only."""
        from neurarium_models import modules

        return modules.Multiply()


class Concat(Weightless):
    """Puts its inputs side by side: what comes after it sees all of them."""

    variadic: ClassVar[bool] = True
    example_inputs: ClassVar = (
        (features(3), features(2)),
        (features(3, 4, axes="TD"), features(3, 4, axes="TD"), features(3, 1, axes="TD")),
    )

    spelling: ClassVar = expression(
        "torch.cat",
        "torch.cat([*input], dim=dim)",
        "torch.cat([*input], dim)",
        "torch.cat((*input,), dim=dim)",
        "torch.cat((*input,), dim)",
        says=AXIS,
    )
    kind: Literal["Concat"] = "Concat"
    axis: AxisChoice = Field(default=-1, description="Along which axis, by name or from the right.")

    def outputs(self, *inputs: TensorSpec) -> Outputs:
        """Add up the sizes along the axis; the others must agree."""
        first = inputs[0]
        at = len(first.shape) + locate(self.kind, first, self.axis, instead=only(first))
        rest = first.shape[:at] + first.shape[at + 1 :]
        for x in inputs[1:]:
            if len(x.shape) != len(first.shape) or x.shape[:at] + x.shape[at + 1 :] != rest:
                message = (
                    f"Concat joins along the axis {first.axes[at]}, so all other sizes must agree, "
                )
                raise LayerError(message + f"but it is given {first} and {x}.", instead=only(first))
            if x.dtype != first.dtype:
                message = f"Concat is given {first.dtype} and {x.dtype}: only one kind of numbers fits side by side."
                raise LayerError(message, instead=only(first))
        total = sum(x.shape[at] for x in inputs)
        return only(
            TensorSpec(
                axes=first.axes,
                shape=(*first.shape[:at], total, *first.shape[at + 1 :]),
                dtype=first.dtype,
            )
        )

    def arguments(self, *inputs: TensorSpec) -> dict[str, Any]:
        """Count the axis from the right."""
        return {"dim": locate(self.kind, inputs[0], self.axis)}

    def footprint(self, *inputs: TensorSpec) -> Footprint:
        """Nothing; each input gets its part of the gradient."""
        return NOTHING_KEPT._replace(straight=True)

    def build(self, *inputs: TensorSpec) -> "nn.Module":
        """Make our own module; torch has a function only."""
        from neurarium_models import modules

        return modules.Concat(locate(self.kind, inputs[0], self.axis))

    def sees(self, box: Box, edges: bool, *inputs: TensorSpec) -> tuple[Box, ...]:
        """The same cells, of the inputs that lie there."""
        axis = len(box) + locate(self.kind, inputs[0], self.axis)
        first, last = box[axis]
        seen, start = [], 0
        for x in inputs:
            here = (max(first - start, 0), min(last - start, x.shape[axis] - 1))
            seen.append((*box[:axis], here, *box[axis + 1 :]))
            start += x.shape[axis]
        return tuple(seen)


class DotProduct(Weightless):
    """Says how alike two vectors of one example are: multiplies them number by number and adds up along the last axis.

    Between vectors of length 1 (L2Normalize) it is the cosine of the angle.
    """

    ports: ClassVar[tuple[str, ...]] = ("x1", "x2")
    example_inputs: ClassVar = (
        (features(4), features(4)),
        (features(5, 4, axes="TD"), features(5, 4, axes="TD")),
    )

    spelling: ClassVar = expression("(a * b).sum(-1)", "(x1 * x2).sum(-1)", "(x1 * x2).sum(dim=-1)")
    kind: Literal["DotProduct"] = "DotProduct"

    def outputs(self, x1: TensorSpec, x2: TensorSpec) -> Outputs:
        """Drop the last axis."""
        result = only(TensorSpec(axes=x1.axes[:-1], shape=x1.shape[:-1]))
        require_numbers(self.kind, x1, x2, instead=result)
        if x1.shape != x2.shape or not x1.shape:
            message = f"DotProduct needs two vectors of one size, but it is given {x1} and {x2}."
            raise LayerError(message, instead=result)
        return result

    def footprint(self, x1: TensorSpec, x2: TensorSpec) -> Footprint:
        """Both vectors; their products for a moment."""
        return Footprint(output=False, moment=x1.size)

    def build(self, x1: TensorSpec, x2: TensorSpec) -> "nn.Module":
        """Make our own module."""
        from neurarium_models import modules

        return modules.DotProduct()
