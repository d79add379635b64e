"""Activation functions: what makes a network more than one straight line."""

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from neurarium_models.footprint import INPUTS_KEPT, NOTHING_KEPT, OUTPUT_KEPT, VIEW, Footprint
from neurarium_models.layer import Outputs, Weightless, locate, only, require_numbers
from neurarium_models.spelling import AXIS, module, own_module
from neurarium_models.tensor import AxisChoice, TensorSpec, features

if TYPE_CHECKING:
    from torch import nn

EXAMPLES = ((features(3),), (features(2, 4, 4, axes="CHW"),))


class Activation(Weightless):
    """A function that is applied to each number by itself."""

    elementwise: ClassVar[bool] = True
    example_inputs: ClassVar = EXAMPLES

    def outputs(self, x: TensorSpec) -> Outputs:
        """Keep the shape."""
        require_numbers(self.kind, x, instead=only(x.model_copy(update={"dtype": "float32"})))
        return only(x)

    def footprint(self, x: TensorSpec) -> Footprint:
        """Most slopes follow from what comes in."""
        return INPUTS_KEPT


class ReLU(Activation):
    """Lets positive numbers pass and makes the others 0: max(0, x).

    Cheap, and its slope of 1 carries gradients through many layers. A unit that is negative for every example has slope
    0 everywhere and learns no more: it is dead.
    """

    spelling: ClassVar = module("nn.ReLU", inplace=False)
    kind: Literal["ReLU"] = "ReLU"

    def footprint(self, x: TensorSpec) -> Footprint:
        """Slopes follow from what comes out."""
        return OUTPUT_KEPT

    def build(self, x: TensorSpec) -> "nn.Module":
        """Make `torch.nn.ReLU`."""
        from torch import nn

        return nn.ReLU()


class LeakyReLU(Activation):
    """Like ReLU, but negative numbers leak through a little, so that no unit can die."""

    spelling: ClassVar = module("nn.LeakyReLU", negative_slope=0.01, inplace=False)
    kind: Literal["LeakyReLU"] = "LeakyReLU"
    negative_slope: float = Field(default=0.01, ge=0, le=1, description="Slope below zero.")

    def build(self, x: TensorSpec) -> "nn.Module":
        """Make `torch.nn.LeakyReLU`."""
        from torch import nn

        return nn.LeakyReLU(self.negative_slope)


class Tanh(Activation):
    """Bends every number into -1 to 1, smoothly, with slope 1 at zero.

    Far from zero it is flat: a unit there is saturated, and hardly any gradient passes.
    """

    spelling: ClassVar = module("nn.Tanh")
    kind: Literal["Tanh"] = "Tanh"

    def footprint(self, x: TensorSpec) -> Footprint:
        """Slopes follow from what comes out."""
        return OUTPUT_KEPT

    def build(self, x: TensorSpec) -> "nn.Module":
        """Make `torch.nn.Tanh`."""
        from torch import nn

        return nn.Tanh()


class Sigmoid(Activation):
    """Bends every number into 0 to 1: 1 / (1 + exp(-x)). Reads as a probability, or as a gate that opens and closes."""

    spelling: ClassVar = module("nn.Sigmoid")
    kind: Literal["Sigmoid"] = "Sigmoid"

    def footprint(self, x: TensorSpec) -> Footprint:
        """Slopes follow from what comes out."""
        return OUTPUT_KEPT

    def build(self, x: TensorSpec) -> "nn.Module":
        """Make `torch.nn.Sigmoid`."""
        from torch import nn

        return nn.Sigmoid()


class GELU(Activation):
    """A smooth ReLU: x times the probability that a standard normal number is below x. Usual in Transformers."""

    spelling: ClassVar = module("nn.GELU", approximate="none")
    kind: Literal["GELU"] = "GELU"
    approximate: Literal["none", "tanh"] = Field(
        default="none", description="`tanh` is the approximation that GPT-2 was trained with."
    )

    def build(self, x: TensorSpec) -> "nn.Module":
        """Make `torch.nn.GELU`."""
        from torch import nn

        return nn.GELU(self.approximate)


class SiLU(Activation):
    """A smooth ReLU: x times its own sigmoid. Also called swish."""

    spelling: ClassVar = module("nn.SiLU", inplace=False)
    kind: Literal["SiLU"] = "SiLU"

    def build(self, x: TensorSpec) -> "nn.Module":
        """Make `torch.nn.SiLU`."""
        from torch import nn

        return nn.SiLU()


class ELU(Activation):
    """Like ReLU above zero; below it sinks smoothly to -alpha, so that outputs can average to zero."""

    spelling: ClassVar = module("nn.ELU", alpha=1.0, inplace=False)
    kind: Literal["ELU"] = "ELU"
    alpha: float = Field(default=1.0, gt=0, le=100, description="How far below zero it sinks.")

    def build(self, x: TensorSpec) -> "nn.Module":
        """Make `torch.nn.ELU`."""
        from torch import nn

        return nn.ELU(self.alpha)


class Step(Activation):
    """Rosenblatt's threshold: 1 from zero on, -1 below.

    Its slope is 0 everywhere, so that a true gradient would teach nothing. Rosenblatt's rule passes the error back as
    though the slope were 1, and so does this layer.
    """

    spelling: ClassVar = own_module("Step")
    kind: Literal["Step"] = "Step"

    def footprint(self, x: TensorSpec) -> Footprint:
        """Signs and differences, for a moment."""
        return NOTHING_KEPT._replace(moment=2 * x.size, straight=True)

    def build(self, x: TensorSpec) -> "nn.Module":
        """Make our own module; torch has none."""
        from neurarium_models import modules

        return modules.Step()


class Identity(Weightless):
    """Passes everything on unchanged: a place to look at, or a name for a value."""

    elementwise: ClassVar[bool] = True
    example_inputs: ClassVar = (*EXAMPLES, (features(5, axes="T", dtype="int64"),))

    spelling: ClassVar = module("nn.Identity")
    kind: Literal["Identity"] = "Identity"

    def outputs(self, x: TensorSpec) -> Outputs:
        """Keep shape and element type."""
        return only(x)

    def footprint(self, x: TensorSpec) -> Footprint:
        """The same numbers."""
        return VIEW

    def build(self, x: TensorSpec) -> "nn.Module":
        """Make `torch.nn.Identity`."""
        from torch import nn

        return nn.Identity()


class Softmax(Weightless):
    """Turns numbers into shares that are positive and sum to 1, the largest number getting most: a probability each."""

    example_inputs: ClassVar = EXAMPLES

    spelling: ClassVar = module("nn.Softmax", "dim", says=AXIS)
    kind: Literal["Softmax"] = "Softmax"
    axis: AxisChoice = Field(
        default=-1, description="Along which axis the shares sum to 1, by name or from the right."
    )

    def outputs(self, x: TensorSpec) -> Outputs:
        """Keep the shape."""
        require_numbers(self.kind, x, instead=only(x.model_copy(update={"dtype": "float32"})))
        locate(self.kind, x, self.axis, instead=only(x))
        return only(x)

    def arguments(self, x: TensorSpec) -> dict[str, Any]:
        """Count the axis from the right."""
        return {"dim": locate(self.kind, x, self.axis)}

    def footprint(self, x: TensorSpec) -> Footprint:
        """Slopes follow from what comes out."""
        return OUTPUT_KEPT

    def build(self, x: TensorSpec) -> "nn.Module":
        """Make `torch.nn.Softmax`."""
        from torch import nn

        return nn.Softmax(dim=locate(self.kind, x, self.axis))
