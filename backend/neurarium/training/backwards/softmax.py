"""Mistakes in the backward pass of softmax: every output depends on every input."""

from typing import ClassVar, Literal

from neurarium.training.backward import Backward, Call, Sent


class SoftmaxBackward(Backward):
    """What Softmax should send back."""

    layers: ClassVar = ("Softmax",)
    formula: ClassVar = r"\frac{\partial E}{\partial x_i} = y_i \left(g_i - \sum_j g_j y_j\right)"

    def right(self, call: Call) -> Sent:
        """What one gains, the others lose."""
        y, axis = call.output, call.module.dim
        return {0: y * (call.gradient - (call.gradient * y).sum(axis, keepdim=True))}


class SoftmaxDiagonal(SoftmaxBackward):
    """Only the diagonal of the Jacobian is used: each output as though it depended on its own input alone."""

    title: ClassVar = "diagonal only"
    mistake: ClassVar = r"\frac{\partial E}{\partial x_i} = g_i\, y_i (1 - y_i)"
    kind: Literal["SoftmaxDiagonal"] = "SoftmaxDiagonal"

    def back(self, call: Call) -> Sent:
        """Take the slope of each by itself."""
        return {0: call.gradient * call.output * (1 - call.output)}


class SoftmaxConstant(SoftmaxBackward):
    """The sum in the denominator is taken for a constant: what one gains, the others do not lose."""

    title: ClassVar = "denominator as a constant"
    mistake: ClassVar = r"\frac{\partial E}{\partial x_i} = g_i\, y_i"
    kind: Literal["SoftmaxConstant"] = "SoftmaxConstant"

    def back(self, call: Call) -> Sent:
        """Differentiate the exponential alone."""
        return {0: call.gradient * call.output}
