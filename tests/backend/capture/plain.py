"""Plain torch's idea of a small network, number by number: its own functions, gradients by autograd."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from neurarium.training.job import Job
from neurarium.training.view import View

Function = Callable[..., Tensor]
CURVES: Mapping[str, Function] = {
    "Tanh": torch.tanh,
    "ReLU": F.relu,
    "LeakyReLU": lambda z: F.leaky_relu(z, 0.2),
    "Sigmoid": torch.sigmoid,
    "SiLU": F.silu,
    "GELU": F.gelu,
    "ELU": lambda z: F.elu(z, 1.5),
    "ScaledTanh": lambda z: 1.7159 * torch.tanh(2 * z / 3),
    "Step": lambda z: torch.where(z >= 0, 1.0, -1.0).detach() + z - z.detach(),
}


def _lead(*x: Tensor) -> Tensor:
    right = int(x[-1]) - 1
    return x[right] - torch.stack([y for k, y in enumerate(x[:-1]) if k != right]).amax()


OPERATIONS: Mapping[str, Function] = {
    "mul": lambda *x: torch.stack(x).prod(),
    "add": lambda *x: torch.stack(x).sum(),
    "tanh": torch.tanh,
    "relu": F.relu,
    "leaky_relu": CURVES["LeakyReLU"],
    "sigmoid": torch.sigmoid,
    "silu": F.silu,
    "gelu": F.gelu,
    "gelu_tanh": lambda z: F.gelu(z, approximate="tanh"),
    "elu": CURVES["ELU"],
    "scaled_tanh": CURVES["ScaledTanh"],
    "step": CURVES["Step"],
    "half_square": lambda y, t: F.mse_loss(y, t.detach(), reduction="sum") / 2,
    "margin": lambda y, t: t.detach() * y,
    "logistic_loss": lambda m: -F.logsigmoid(m),
    "hinge": lambda m: (1 - m).clamp_min(0),
    "mistake": lambda m: -m * (m <= 0),
    "log_softmax": lambda *x: F.log_softmax(torch.stack(x[:-1]), 0)[int(x[-1]) - 1],
    "lead": _lead,
    "neg": torch.neg,
}
"""What every function of a scalar graph is in torch, penalties apart."""


@dataclass
class Plain:
    """A network on one example: every number as an entry of a tensor that knows its gradient."""

    numbers: dict[str, Tensor]
    """Tensors by the name in front of the brackets: `hidden1.product`, `x`, `hidden1.weight`."""
    loss: Tensor

    def value(self, name: str) -> float:
        return _entry(self.numbers, name).item()

    def gradient(self, name: str) -> float:
        return _entry({key: t.grad for key, t in self.numbers.items()}, name).item()


def _entry(tensors: Mapping[str, Any], name: str) -> Tensor:
    path, _, index = name.partition("[")
    if not index:
        found: Tensor = tensors[path]
        return found
    chosen: Tensor = tensors[path][tuple(int(i) for i in index.rstrip("]").split(","))]
    return chosen


def compute(view: View, x: Tensor, target: Tensor) -> Plain:
    """Run a chain of layers in float64, with every product as a number of its own."""
    job = view.job
    known = {
        name: value.detach().double().requires_grad_()
        for name, value in view.network.named_parameters()
    }
    leaf = x.double().flatten().requires_grad_()
    numbers: dict[str, Tensor] = {"x": leaf, **known}
    value = leaf
    for node in job.graph.model_dump()["nodes"]:
        path, kind = node["id"], node["layer"]["kind"]
        if kind == "Linear":
            products = known[f"{path}.weight"] * value
            numbers[f"{path}.product"] = products
            value = products.sum(1)
            if f"{path}.bias" in known:
                value = value + known[f"{path}.bias"]
        elif kind != "Flatten":
            value = CURVES[kind](value)
        numbers[path] = value
    for tensor in numbers.values():
        tensor.retain_grad()
    loss = cost(job, value, target) + penalty(job, known)
    loss.backward()
    return Plain(numbers, loss)


def cost(job: Job, y: Tensor, target: Tensor) -> Tensor:
    """One example's loss, by the formulas of a lecture."""
    alone = len(y) == 1
    if target.is_floating_point():
        return (y - target.double().flatten()).square().sum() / 2
    right = int(target)
    signs = torch.tensor(
        [2.0 * right - 1] if alone else [2.0 * (k == right) - 1 for k in range(len(y))]
    )
    match job.loss.kind:
        case "SquaredError":
            return (y - signs).square().sum() / 2
        case "CrossEntropy":
            return F.softplus(-signs * y).sum() if alone else torch.logsumexp(y, 0) - y[right]
        case "Hinge" if alone:
            return F.relu(1 - signs * y).sum()
        case "Hinge":
            others = torch.cat([y[:right], y[right + 1 :]])
            return F.relu(1 - y[right] + others.max())
        case _:
            return F.relu(-signs * y).sum()


def penalty(job: Job, known: Mapping[str, Tensor]) -> Tensor:
    """λ/2·Σw² or λ·Σ|w| over the weights."""
    weights = [value for value in known.values() if value.ndim > 1]
    match job.regulariser.kind:
        case "L2":
            return job.regulariser.strength / 2 * sum((w * w).sum() for w in weights)  # type: ignore[return-value]
        case "L1":
            return job.regulariser.strength * sum(w.abs().sum() for w in weights)  # type: ignore[return-value]
    return torch.zeros(())
