"""Mistakes in the backward pass of attention."""

from collections.abc import Callable
from copy import copy
from typing import TYPE_CHECKING, ClassVar, Literal

from neurarium.training.backward import Backward, Call, Sent
from neurarium_models.layout import Place

if TYPE_CHECKING:
    from torch import Tensor


class AttentionBackward(Backward):
    """What MultiheadAttention should send back, without dropout."""

    layers: ClassVar = ("MultiheadAttention",)

    def right(self, call: Call) -> Sent:
        """Through the values, and through the weights to queries and keys."""
        return written_out(call, lambda weights: weights)


def written_out(call: Call, see: "Callable[[Tensor], Tensor]") -> Sent:
    """Differentiate attention step by step; `see` says how its weights are seen by the values' mixture."""
    import torch
    from torch.func import functional_call

    attention = copy(
        call.module
    )  # the parameters are the same, and the network's own is left as it is
    attention.reweigh = see
    leaves: Sent = {
        at: x.detach().requires_grad_()
        for at, x in enumerate(call.given)
        if x is not None and x.is_floating_point()
    }
    leaves |= {name: value.detach().requires_grad_() for name, value in call.parameters.items()}
    given = tuple(leaves.get(at, x) for at, x in enumerate(call.given))
    inside = {name: leaves[name] for name in call.parameters}
    with torch.enable_grad():
        mixed = functional_call(attention, inside, given)
        found = torch.autograd.grad(
            mixed, list(leaves.values()), call.gradient, allow_unused=True, materialize_grads=True
        )
    return dict(zip(leaves, found, strict=True))


class AttentionConstant(AttentionBackward):
    """The weights of attention are taken for constants: values learn, but nobody learns where to look."""

    title: ClassVar = "weights as constants"
    formula: ClassVar = r"g_A = g V^\top, \quad g_V = A^\top g"
    mistake: ClassVar = r"g_A = 0, \quad g_V = A^\top g"
    kind: Literal["AttentionConstant"] = "AttentionConstant"

    def back(self, call: Call) -> Sent:
        """Stop at the weights."""
        return written_out(call, lambda weights: weights.detach())


class AttentionUnscaled(AttentionBackward):
    """The division by the root of the heads' width is forgotten on the way back: scores get too large a gradient."""

    title: ClassVar = "forgotten scale"
    formula: ClassVar = r"g_Q = g_S K / \sqrt{d}"
    mistake: ClassVar = r"g_Q = g_S K"
    kind: Literal["AttentionUnscaled"] = "AttentionUnscaled"

    def misfit(self, place: Place) -> str:
        """The root of 1 is 1."""
        width = next(iter(place.outputs.values())).shape[-1]
        heads = getattr(place.layer, "num_heads", 1)
        return "Its heads have one feature each: the root of 1 is 1." if width == heads else ""

    def back(self, call: Call) -> Sent:
        """Make what arrives at the weights as much larger as the division would have made it smaller."""
        scale = (call.output.shape[-1] / call.module.num_heads) ** 0.5

        def larger(weights: "Tensor") -> "Tensor":
            seen: Tensor = weights.detach() + scale * (weights - weights.detach())
            return seen

        return written_out(call, larger)
