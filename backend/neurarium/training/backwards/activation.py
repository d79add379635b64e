"""Mistakes in the backward pass of activation functions: the wrong slope."""

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar, Literal

from neurarium.training.backward import Backward, Call, Sent

if TYPE_CHECKING:
    from torch import Tensor


class ActivationBackward(Backward):
    """What an activation sends back: the gradient times a slope."""

    @abstractmethod
    def slope(self, call: Call) -> "Tensor":
        """Compute the slope that is taken instead."""

    def back(self, call: Call) -> Sent:
        """Multiply by it."""
        return {0: call.gradient * self.slope(call)}


class TanhBackward(ActivationBackward):
    """What Tanh should send back."""

    layers: ClassVar = ("Tanh",)
    formula: ClassVar = r"\frac{\partial E}{\partial x} = g\,(1 - y^2), \quad y = \tanh x"

    def right(self, call: Call) -> Sent:
        """The slope follows from what came out."""
        return {0: call.gradient * (1 - call.output.square())}


class TanhAtOutput(TanhBackward):
    """The derivative is taken at the output instead of the input: tanh is applied twice."""

    title: ClassVar = "derivative at the output"
    mistake: ClassVar = r"\frac{\partial E}{\partial x} = g\,(1 - \tanh^2 y)"
    kind: Literal["TanhAtOutput"] = "TanhAtOutput"

    def slope(self, call: Call) -> "Tensor":
        """Bend once more."""
        return 1 - call.output.tanh().square()


class TanhUnsquared(TanhBackward):
    """The square is forgotten: the slope becomes 1 - y, which is up to 2 where tanh is flat below."""

    title: ClassVar = "forgotten square"
    mistake: ClassVar = r"\frac{\partial E}{\partial x} = g\,(1 - y)"
    kind: Literal["TanhUnsquared"] = "TanhUnsquared"

    def slope(self, call: Call) -> "Tensor":
        """Leave the square out."""
        return 1 - call.output


class TanhStraight(TanhBackward):
    """The derivative is forgotten: the gradient passes as though there were no activation."""

    title: ClassVar = "forgotten derivative"
    mistake: ClassVar = r"\frac{\partial E}{\partial x} = g"
    kind: Literal["TanhStraight"] = "TanhStraight"

    def slope(self, call: Call) -> "Tensor":
        """Everywhere 1."""
        return call.output.new_ones(()).expand_as(call.output)


class SigmoidBackward(ActivationBackward):
    """What Sigmoid should send back."""

    layers: ClassVar = ("Sigmoid",)
    formula: ClassVar = r"\frac{\partial E}{\partial x} = g\, y\,(1 - y), \quad y = \sigma(x)"

    def right(self, call: Call) -> Sent:
        """The slope follows from what came out."""
        return {0: call.gradient * call.output * (1 - call.output)}


class SigmoidAtOutput(SigmoidBackward):
    """The derivative is taken at the output instead of the input: the sigmoid is applied twice."""

    title: ClassVar = "derivative at the output"
    mistake: ClassVar = r"\frac{\partial E}{\partial x} = g\, \sigma(y)\,(1 - \sigma(y))"
    kind: Literal["SigmoidAtOutput"] = "SigmoidAtOutput"

    def slope(self, call: Call) -> "Tensor":
        """Bend once more."""
        again = call.output.sigmoid()
        return again * (1 - again)


class SigmoidHalf(SigmoidBackward):
    """Half of the derivative is forgotten: y instead of y (1 - y), so that it does not become flat above."""

    title: ClassVar = "half a derivative"
    mistake: ClassVar = r"\frac{\partial E}{\partial x} = g\, y"
    kind: Literal["SigmoidHalf"] = "SigmoidHalf"

    def slope(self, call: Call) -> "Tensor":
        """Leave the second factor out."""
        return call.output


class ReLUBackward(ActivationBackward):
    """What ReLU should send back."""

    layers: ClassVar = ("ReLU",)
    formula: ClassVar = r"\frac{\partial E}{\partial x} = g\, \mathbb{I}(x > 0)"

    def right(self, call: Call) -> Sent:
        """Only where it was positive."""
        return {0: call.gradient * (call.x > 0)}


class ReLUOpen(ReLUBackward):
    """The mask is forgotten: the gradient passes where the unit was silent, too."""

    title: ClassVar = "forgotten mask"
    mistake: ClassVar = r"\frac{\partial E}{\partial x} = g"
    kind: Literal["ReLUOpen"] = "ReLUOpen"

    def slope(self, call: Call) -> "Tensor":
        """Everywhere 1."""
        return call.output.new_ones(()).expand_as(call.output)


class ReLUTurned(ReLUBackward):
    """The mask is turned round: the gradient passes only where the unit was silent."""

    title: ClassVar = "mask turned round"
    mistake: ClassVar = r"\frac{\partial E}{\partial x} = g\, \mathbb{I}(x < 0)"
    kind: Literal["ReLUTurned"] = "ReLUTurned"

    def slope(self, call: Call) -> "Tensor":
        """Only where it was negative."""
        return (call.x < 0).to(call.output)


class GELUBackward(ActivationBackward):
    """What GELU should send back."""

    layers: ClassVar = ("GELU",)
    formula: ClassVar = r"\frac{\partial E}{\partial x} = g\,(\Phi(x) + x\,\varphi(x))"

    def right(self, call: Call) -> Sent:
        """The product rule: two terms."""
        import torch

        approximate = call.module.approximate
        return {0: torch.ops.aten.gelu_backward(call.gradient, call.x, approximate=approximate)}


class GELUProduct(GELUBackward):
    """The product rule is forgotten: only the gate is passed through, not how the gate itself moves."""

    title: ClassVar = "forgotten product rule"
    mistake: ClassVar = r"\frac{\partial E}{\partial x} = g\,\Phi(x)"
    kind: Literal["GELUProduct"] = "GELUProduct"

    def slope(self, call: Call) -> "Tensor":
        """The probability that a standard normal number is below x."""
        return (1 + (call.x / 2**0.5).erf()) / 2


class GELUStep(GELUBackward):
    """The slope of ReLU is taken, which GELU looks like: 1 for positive numbers, 0 for the others."""

    title: ClassVar = "slope of ReLU"
    mistake: ClassVar = r"\frac{\partial E}{\partial x} = g\, \mathbb{I}(x > 0)"
    kind: Literal["GELUStep"] = "GELUStep"

    def slope(self, call: Call) -> "Tensor":
        """Only where it was positive."""
        return (call.x > 0).to(call.output)
