"""Mistakes in the backward pass of pooling."""

from typing import TYPE_CHECKING, ClassVar, Literal

from neurarium.training.backward import Backward, Call, Sent
from neurarium_models.layout import Place

if TYPE_CHECKING:
    from torch import Tensor


class PoolBackward(Backward):
    """What a pooling layer should send back."""

    def misfit(self, place: Place) -> str:
        """A window of one number passes it on."""
        size = getattr(place.layer, "kernel_size", 0)
        return "Its windows hold one number each: nothing is pooled." if size == 1 else ""


def won(call: Call) -> "Tensor":
    """Send each gradient to the greatest number of its window."""
    import torch
    from torch.nn import functional as F

    pool = call.module
    _, places = F.max_pool2d_with_indices(
        call.x, pool.kernel_size, pool.stride, pool.padding, ceil_mode=pool.ceil_mode
    )
    sizes = [[size, size] for size in (pool.kernel_size, pool.stride, pool.padding, 1)]
    found: Tensor = torch.ops.aten.max_pool2d_with_indices_backward(
        call.gradient, call.x, *sizes, pool.ceil_mode, places
    )
    return found


def shared(call: Call) -> "Tensor":
    """Give every number of a window an equal share of its gradient."""
    import torch

    pool = call.module
    sizes = [[size, size] for size in (pool.kernel_size, pool.stride, pool.padding)]
    found: Tensor = torch.ops.aten.avg_pool2d_backward(
        call.gradient, call.x, *sizes, pool.ceil_mode, True, None
    )
    return found


class MaxPoolBackward(PoolBackward):
    """What MaxPool2d should send back."""

    layers: ClassVar = ("MaxPool2d",)
    formula: ClassVar = r"\frac{\partial E}{\partial x_i} = g\, \mathbb{I}(x_i = \max_j x_j)"

    def right(self, call: Call) -> Sent:
        """The winner takes it all."""
        return {0: won(call)}


class MaxPoolShared(MaxPoolBackward):
    """The gradient is shared equally among all numbers of the window, though only the greatest one had a say."""

    title: ClassVar = "shared by all"
    mistake: ClassVar = r"\frac{\partial E}{\partial x_i} = g / n"
    kind: Literal["MaxPoolShared"] = "MaxPoolShared"

    def back(self, call: Call) -> Sent:
        """Share it."""
        return {0: shared(call)}


class MaxPoolCopied(MaxPoolBackward):
    """Every number of the window gets the whole gradient: the mask of the winner is forgotten."""

    title: ClassVar = "forgotten mask"
    mistake: ClassVar = r"\frac{\partial E}{\partial x_i} = g"
    kind: Literal["MaxPoolCopied"] = "MaxPoolCopied"

    def back(self, call: Call) -> Sent:
        """Copy it."""
        return {0: shared(call) * call.module.kernel_size**2}


class AvgPoolBackward(PoolBackward):
    """What AvgPool2d should send back."""

    layers: ClassVar = ("AvgPool2d",)
    formula: ClassVar = r"\frac{\partial E}{\partial x_i} = g / n"

    def right(self, call: Call) -> Sent:
        """All had an equal say."""
        return {0: shared(call)}


class AvgPoolUndivided(AvgPoolBackward):
    """The division is forgotten: every number of the window gets the whole gradient."""

    title: ClassVar = "forgotten division"
    mistake: ClassVar = r"\frac{\partial E}{\partial x_i} = g"
    kind: Literal["AvgPoolUndivided"] = "AvgPoolUndivided"

    def back(self, call: Call) -> Sent:
        """Copy it."""
        return {0: shared(call) * call.module.kernel_size**2}


class AvgPoolWinner(AvgPoolBackward):
    """The greatest number of the window gets everything, as in max pooling, though all had an equal say."""

    title: ClassVar = "winner takes all"
    mistake: ClassVar = r"\frac{\partial E}{\partial x_i} = g\, \mathbb{I}(x_i = \max_j x_j)"
    kind: Literal["AvgPoolWinner"] = "AvgPoolWinner"

    def back(self, call: Call) -> Sent:
        """Give it to one."""
        return {0: won(call)}
