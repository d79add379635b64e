"""Tampering in the network's own forward: the same numbers go forward, other ones come back.

Everything here is made of operations that autograd, a trace of it and a second derivative can follow.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call

from neurarium.training.backward import Backward, Call
from neurarium.training.tamper import Tamper
from neurarium.training.tampering import Gate, Grip, find_grips
from neurarium_models.network import Network


class Passed(torch.autograd.Function):
    """Hands a tensor on as it is, and its gradient back through a gate."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, gate: "Gate | Numbers") -> Tensor:
        """Change nothing."""
        ctx.gate = gate
        return x.view_as(x)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        """Let through what the gate lets through."""
        gate = ctx.gate
        if not isinstance(gate, Gate):
            return _without(gradient, gate), None
        if gate.unit is not None:
            return _emptied(gradient, gate.axis, gate.unit), None
        if not gate.factor:
            return torch.zeros_like(gradient), None  # 0 times infinity would not be 0
        return gradient * gate.factor, None


Numbers = tuple[tuple[int, ...], ...]
"""Places in a parameter; `()` is all of it."""


class Sent(torch.autograd.Function):
    """Calls a layer, and sends back what a backward of the shelf makes of it."""

    @staticmethod
    def forward(
        ctx: Any, backward: Backward, module: nn.Module, names: Sequence[str], *tensors: Tensor
    ) -> Tensor:
        """Compute what the layer computes."""
        given = tensors[: len(tensors) - len(names)]
        parameters = dict(zip(names, tensors[len(given) :], strict=True))
        output: Tensor = functional_call(module, parameters, given)
        # those of a layer that trains are changed in place, and nothing is computed from them
        buffers = {} if module.training else dict(module.named_buffers())
        ctx.own, ctx.module, ctx.names, ctx.remembered = backward, module, names, tuple(buffers)
        ctx.save_for_backward(*buffers.values(), *tensors, output)
        return output

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        """Compute what the backward says."""
        *tensors, output = ctx.saved_tensors
        count = len(ctx.remembered)
        buffers = dict(zip(ctx.remembered, tensors[:count], strict=True))
        tensors = tensors[count:]
        given = tensors[: len(tensors) - len(ctx.names)]
        parameters = dict(zip(ctx.names, tensors[len(given) :], strict=True))
        found = ctx.own.back(Call(ctx.module, gradient, output, given, parameters, buffers))
        sent = (*range(len(given)), *ctx.names)
        return None, None, None, *(found.get(each) for each in sent)


class Tampered:
    """What is called in place of a layer."""

    def __init__(self, module: nn.Module, grip: Grip) -> None:
        self.module, self.grip = module, grip
        self.weights: dict[str, Numbers] = {
            name: tuple(numbers) for name, numbers in grip.weights.items()
        }

    def __call__(self, *inputs: Tensor | None) -> Any:
        """Compute what the layer computes; where nothing will flow back, in its own way."""
        if not torch.is_grad_enabled():
            return self.module(*inputs)
        given = _gated(inputs, self.grip.gates)
        result = self._call(given)
        for unit, gates in self.grip.apart.items():
            alone = self._call(_gated(given, gates)).select(self.grip.axis, unit)
            result = result.select_scatter(alone, self.grip.axis, unit)
        return result

    def _call(self, given: Sequence[Tensor | None]) -> Any:
        parameters = {
            name: gated_parameter(value, self.weights.get(name))
            for name, value in self.module.named_parameters()
        }
        if self.grip.backward is not None:
            tensors = (*given, *parameters.values())
            return Sent.apply(  # type: ignore[no-untyped-call]
                self.grip.backward, self.module, tuple(parameters), *tensors
            )
        if self.weights:
            return functional_call(self.module, parameters, tuple(given))
        return self.module(*given)


def tamper(network: Network, tampering: Sequence[Tamper]) -> None:
    """Let gradients flow through a network as a job says, and nowhere else otherwise."""
    grips = find_grips(network.graph, tampering)
    if grips or network.instead:
        network.rewire(
            {path: Tampered(network.get_submodule(path), grip) for path, grip in grips.items()}
        )


@contextmanager
def untampered(network: Network) -> Iterator[None]:
    """Let all gradients flow as they should, for a while."""
    instead = network.instead
    if instead:
        network.rewire({})
    try:
        yield
    finally:
        if instead:
            network.rewire(instead)


def gated(network: Network, parameter: str, value: Tensor) -> Tensor:
    """Put a parameter that a penalty counts behind the gate that it is behind in its layer, if any."""
    path = parameter
    while path:
        path = path.rpartition(".")[0]
        layer = network.instead.get(path)
        if isinstance(layer, Tampered):
            return gated_parameter(value, layer.weights.get(parameter[len(path) + 1 :]))
    return value


def gated_parameter(value: Tensor, numbers: Numbers | None) -> Tensor:
    """Put a parameter behind a gate that holds back what flows to some of its numbers."""
    if numbers is None:
        return value
    passed: Tensor = Passed.apply(value, numbers)  # type: ignore[no-untyped-call]
    return passed


def _gated(inputs: Sequence[Tensor | None], gates: Sequence[Gate]) -> list[Tensor | None]:
    """Put what a layer reads behind gates; what it reads twice stays one tensor."""
    given = list(inputs)
    for gate in gates:
        passed: Tensor = Passed.apply(given[gate.ports[0]], gate)  # type: ignore[no-untyped-call]
        for port in gate.ports:
            given[port] = passed
    return given


def _emptied(gradient: Tensor, axis: int, unit: int) -> Tensor:
    """Write zeros over one unit."""
    nothing = torch.zeros_like(gradient.select(axis, unit))
    return gradient.select_scatter(nothing, axis, unit)


def _without(gradient: Tensor, numbers: Numbers) -> Tensor:
    """Write zeros over some numbers."""
    for index in numbers:
        gradient = _blank(gradient, index)
    return gradient


def _blank(gradient: Tensor, index: tuple[int, ...]) -> Tensor:
    if not index:
        return torch.zeros_like(gradient)
    first, *rest = index
    inner = _blank(gradient.select(0, first), tuple(rest))
    return gradient.select_scatter(inner, 0, first)
