"""Activations with their slopes written out, by the kernels that autograd itself would call."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from neurarium_models.modules import Step

aten = torch.ops.aten

Backward = Callable[[Any, Tensor, Tensor, Tensor], Tensor]
"""Of the module, the gradient at its output, its input x and its output y."""

SLOPES: dict[type[nn.Module], Backward] = {
    nn.ELU: lambda m, g, x, y: aten.elu_backward(g, m.alpha, 1, 1, False, x),
    nn.GELU: lambda m, g, x, y: aten.gelu_backward(g, x, approximate=m.approximate),
    nn.Identity: lambda m, g, x, y: g,
    nn.LeakyReLU: lambda m, g, x, y: aten.leaky_relu_backward(g, x, m.negative_slope, False),
    nn.ReLU: lambda m, g, x, y: aten.threshold_backward(g, y, 0),
    nn.SiLU: lambda m, g, x, y: aten.silu_backward(g, x),
    nn.Sigmoid: lambda m, g, x, y: aten.sigmoid_backward(g, y),
    nn.Tanh: lambda m, g, x, y: aten.tanh_backward(g, y),
    Step: lambda m, g, x, y: g,
}


@dataclass(frozen=True)
class Bend:
    """An activation at its place."""

    module: nn.Module
    forward: Callable[[Tensor], Tensor]
    slope: Backward

    def backward(self, gradient: Tensor, x: Tensor, y: Tensor) -> Tensor:
        """Turn the gradient at the output into that at the input."""
        return self.slope(self.module, gradient, x, y)


def bend(module: nn.Module) -> Bend | None:
    """Write out what a module does, if it is one of these activations."""
    slope = SLOPES.get(type(module))
    return None if slope is None else Bend(module, module.forward, slope)
