"""Mistakes in the backward pass of fully connected layers."""

from typing import TYPE_CHECKING, ClassVar, Literal

from neurarium.training.backward import Backward, Call, Sent
from neurarium_models.layout import Place

if TYPE_CHECKING:
    from torch import Tensor


class LinearBackward(Backward):
    """What Linear should send back."""

    layers: ClassVar = ("Linear",)

    def right(self, call: Call) -> Sent:
        """Products with the weights, and with what was read, added up over examples and places."""
        sent: Sent = {0: call.gradient @ call.parameters["weight"]}
        return sent | learned(call, call.gradient, call.x)


def learned(call: Call, gradient: "Tensor", x: "Tensor") -> Sent:
    """Compute what weights and biases get for some of the examples."""
    upstream = gradient.reshape(-1, gradient.shape[-1])
    sent: Sent = {"weight": upstream.T @ x.reshape(-1, x.shape[-1])}
    return sent | ({"bias": upstream.sum(0)} if "bias" in call.parameters else {})


class LinearTransposed(LinearBackward):
    """The transpose is forgotten: the gradient goes back through the weights as though it went forward once more."""

    title: ClassVar = "forgotten transpose"
    formula: ClassVar = r"\frac{\partial E}{\partial x} = W^\top g"
    mistake: ClassVar = r"\frac{\partial E}{\partial x} = W g"
    kind: Literal["LinearTransposed"] = "LinearTransposed"

    def misfit(self, place: Place) -> str:
        """With other sizes one would notice at once."""
        out, into = place.layer.parameter_shapes(*place.specs)["weight"]
        if out != into:
            return (
                f"Its matrix is {out}×{into}. Only where as many numbers come out as go in can the transpose be "
                "forgotten unnoticed; here the product could not be computed."
            )
        return "With one weight the matrix is its own transpose." if out == 1 else ""

    def back(self, call: Call) -> Sent:
        """Multiply with the wrong side."""
        return self.right(call) | {0: call.gradient @ call.parameters["weight"].T}


class LinearMinus(LinearBackward):
    """The sign of the weights' gradient is turned round: they climb where they should descend."""

    title: ClassVar = "wrong sign"
    formula: ClassVar = r"\frac{\partial E}{\partial W} = \sum_n g_n x_n^\top"
    mistake: ClassVar = r"\frac{\partial E}{\partial W} = -\sum_n g_n x_n^\top"
    kind: Literal["LinearMinus"] = "LinearMinus"

    def back(self, call: Call) -> Sent:
        """Turn it round."""
        sent = self.right(call)
        return sent | {"weight": -sent["weight"]}


class LinearOverwritten(LinearBackward):
    """The sum over the batch is forgotten: each example overwrites the one before, so that only the last one counts.

    With one example a step it makes no difference.
    """

    title: ClassVar = "forgotten sum over the batch"
    formula: ClassVar = r"\frac{\partial E}{\partial W} = \sum_n g_n x_n^\top"
    mistake: ClassVar = r"\frac{\partial E}{\partial W} = g_N x_N^\top"
    kind: Literal["LinearOverwritten"] = "LinearOverwritten"

    def back(self, call: Call) -> Sent:
        """Count the last example alone."""
        return self.right(call) | learned(call, call.gradient[-1:], call.x[-1:])
