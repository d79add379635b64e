"""Mistakes in the backward pass of convolutions."""

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from neurarium.training.backward import Backward, Call, Sent
from neurarium_models.layout import Place

if TYPE_CHECKING:
    from torch import Tensor


class ConvBackward(Backward):
    """What Conv2d should send back."""

    layers: ClassVar = ("Conv2d",)

    def right(self, call: Call) -> Sent:
        """Painted back with the same filters; windows times gradients, added up over examples and places."""
        return {0: painted(call, call.parameters["weight"])} | learned(call, call.gradient, call.x)


def _settings(module: Any) -> tuple[Any, ...]:
    return module.stride, module.padding, module.dilation, module.groups


def painted(call: Call, filters: "Tensor") -> "Tensor":
    """Send the gradient back through some filters."""
    from torch.nn.grad import conv2d_input

    found: Tensor = conv2d_input(call.x.shape, filters, call.gradient, *_settings(call.module))
    return found


def learned(call: Call, gradient: "Tensor", x: "Tensor") -> Sent:
    """Compute what filters and biases get for some of the examples."""
    from torch.nn.grad import conv2d_weight

    shape = call.parameters["weight"].shape
    weight = conv2d_weight(x, shape, gradient, *_settings(call.module))
    sent: Sent = {"weight": weight}
    return sent | ({"bias": gradient.sum((0, 2, 3))} if "bias" in call.parameters else {})


class ConvUnturned(ConvBackward):
    """The filter is turned round on the way back, where it should be used as it is: rows and columns change ends."""

    title: ClassVar = "filter turned round"
    formula: ClassVar = r"\frac{\partial E}{\partial x_i} = \sum_j g_j\, w_{i - j}"
    mistake: ClassVar = r"\frac{\partial E}{\partial x_i} = \sum_j g_j\, w_{j - i}"
    kind: Literal["ConvUnturned"] = "ConvUnturned"

    def misfit(self, place: Place) -> str:
        """A filter of one number is its own mirror image."""
        shape = place.layer.parameter_shapes(*place.specs)["weight"]
        return "Its filters are 1×1: turned round they are the same." if shape[2:] == (1, 1) else ""

    def back(self, call: Call) -> Sent:
        """Take the mirror image."""
        return self.right(call) | {0: painted(call, call.parameters["weight"].flip(-2, -1))}


class ConvOnePlace(ConvBackward):
    """The sum over places is forgotten: the weights, which all places share, hear only what the middle one says."""

    title: ClassVar = "forgotten sum over places"
    formula: ClassVar = r"\frac{\partial E}{\partial w_k} = \sum_j g_j\, x_{j + k}"
    mistake: ClassVar = r"\frac{\partial E}{\partial w_k} = g_m\, x_{m + k}"
    kind: Literal["ConvOnePlace"] = "ConvOnePlace"

    def misfit(self, place: Place) -> str:
        """One place has nothing to add up."""
        shape = next(iter(place.outputs.values())).shape
        return (
            "It looks at one place only: there is no sum to forget." if shape[1:] == (1, 1) else ""
        )

    def back(self, call: Call) -> Sent:
        """Count the place in the middle alone."""
        import torch

        row, column = (size // 2 for size in call.gradient.shape[2:])
        middle = torch.zeros_like(call.gradient).select(2, row)
        middle = middle.select_scatter(call.gradient.select(2, row).select(2, column), 2, column)
        alone = torch.zeros_like(call.gradient).select_scatter(middle, 2, row)
        return self.right(call) | learned(call, alone, call.x)


class ConvOverwritten(ConvBackward):
    """The sum over the batch is forgotten: each example overwrites the one before, so that only the last one counts.

    With one example a step it makes no difference.
    """

    title: ClassVar = "forgotten sum over the batch"
    formula: ClassVar = r"\frac{\partial E}{\partial w_k} = \sum_n \sum_j g_{nj}\, x_{n, j + k}"
    mistake: ClassVar = r"\frac{\partial E}{\partial w_k} = \sum_j g_{Nj}\, x_{N, j + k}"
    kind: Literal["ConvOverwritten"] = "ConvOverwritten"

    def back(self, call: Call) -> Sent:
        """Count the last example alone."""
        return self.right(call) | learned(call, call.gradient[-1:], call.x[-1:])
