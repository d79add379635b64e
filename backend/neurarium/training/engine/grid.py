"""The faster path for images: channels last, and a few layers computed in a cheaper way.

Autograd and the optimiser are those of the reference. In memory the channels of a pixel lie side by side, which is how
convolutions and pooling read them, on processors and cards alike; parameters stay as they are. Results equal the
reference's to rounding.
"""

import math
from collections.abc import Callable
from typing import Any, ClassVar

import torch
from torch import Tensor, nn, optim
from torch.nn import functional as F

from neurarium.training.arithmetic import EXACT
from neurarium.training.engine.chain import Unsuited
from neurarium.training.engine.plain import Plain
from neurarium.training.job import Job
from neurarium.training.stream import Tensors
from neurarium_models.layout import Place
from neurarium_models.network import Network
from neurarium_models.plan import make_plan

DEVICES = ("cpu", "cuda")
IN_ONE_PASS = (optim.SGD, optim.Adam, optim.AdamW)
"""Optimisers that torch can compute in one pass over each parameter."""

Layer = Callable[[Tensor], Tensor]
aten = torch.ops.aten


class Grid(Plain):
    """Networks with convolutions."""

    name: ClassVar = "grid"

    def __init__(self, network: Network, job: Job) -> None:
        super().__init__(network, job)
        modules = {place.path: network.get_submodule(place.path) for place in network.places}
        is_known = self.device.type in DEVICES
        if self.device.type == "cpu" and job.precision not in EXACT:
            raise Unsuited  # what is cheaper there was tried in the numbers that are kept
        if not is_known or not any(isinstance(each, nn.Conv2d) for each in modules.values()):
            raise Unsuited
        computes: dict[str, Callable[..., Any]] = dict(modules)
        if self.device.type == "cpu":
            computes |= _cheaper(network)
            if isinstance(self.optimizer, IN_ONE_PASS):
                for group in self.optimizer.param_groups:
                    group |= {"fused": True, "foreach": False}
        self.plan = make_plan(
            network.places, computes, network.graph.inputs, network.graph.outputs.values()
        )
        self.results = {
            name: self.plan.results[source] for name, source in network.graph.outputs.items()
        }

    def forward(self, batch: Tensors) -> dict[str, Tensor]:
        """Compute all outputs."""
        values = self.plan.run({name: channels_last(batch[name]) for name, _ in self.plan.inputs})
        return {name: values[slot] for name, slot in self.results.items()}


def channels_last(x: Tensor) -> Tensor:
    """Lay the channels of each pixel side by side; what is no stack of images stays as it is."""
    if x.ndim != 4:
        return x
    _, channels, rows, columns = x.shape
    strides = (channels * rows * columns, 1, columns * channels, channels)
    # With one channel, torch cannot tell the two layouts apart unless the strides say so.
    return x.contiguous(memory_format=torch.channels_last).as_strided(x.shape, strides)


class SigmoidTanh(torch.autograd.Function):
    """tanh x = 2 σ(2x) - 1: torch computes exp far sooner than tanh."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        """Three of the four passes need no memory of their own."""
        y = x.mul(2).sigmoid_().mul_(2).sub_(1)
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:  # noqa: D102
        slope: Tensor = aten.tanh_backward(gradient, ctx.saved_tensors[0])
        return slope


def _whole_window(conv: nn.Conv2d) -> Layer:
    """A convolution whose window has one place only is one matrix product."""

    def forward(x: Tensor) -> Tensor:
        return F.linear(x.flatten(1), conv.weight.flatten(1), conv.bias)[:, :, None, None]

    return forward


def _tanh(module: nn.Tanh) -> Layer:
    del module  # it has no settings

    def forward(x: Tensor) -> Tensor:
        y: Tensor = SigmoidTanh.apply(x)  # type: ignore[no-untyped-call]
        return y

    return forward


def _cheaper(network: Network) -> dict[str, Layer]:
    """Find what can be computed in a cheaper way, by path. What disagrees with its module is left out."""
    found: dict[str, Layer] = {}
    for place in network.places:
        module = network.get_submodule(place.path)
        layer = None
        if isinstance(module, nn.Tanh):
            layer = _tanh(module)
        elif isinstance(module, nn.Conv2d) and _has_one_place(module, place):
            layer = _whole_window(module)
        if layer is not None and _agrees(layer, module, place):
            found[place.path] = layer
    return found


def _has_one_place(conv: nn.Conv2d, place: Place) -> bool:
    (x,) = place.specs
    return (
        x is not None
        and conv.kernel_size == x.shape[1:]
        and conv.padding == (0, 0)
        and conv.groups == 1
    )


def _agrees(layer: Layer, module: nn.Module, place: Place) -> bool:
    """Try a layer beside its module, forward and backward."""
    sizes = [spec.shape for spec in place.specs if spec is not None]
    like = next(module.parameters(), torch.empty(0))
    x = torch.linspace(-3, 3, 2 * math.prod(*sizes), dtype=like.dtype).reshape(2, *sizes[0])
    x = channels_last(x).requires_grad_()
    ours, theirs = layer(x), module(x)
    slope, expected = (torch.autograd.grad(y.square().sum(), x)[0] for y in (ours, theirs))
    return torch.allclose(ours, theirs, 1e-3, 1e-5) and torch.allclose(slope, expected, 1e-3, 1e-4)
