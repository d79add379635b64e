"""Plain torch, as a textbook writes it: formulas for losses, torch.optim by name. It shares no code with us."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

LossFormula = Callable[[Tensor, Tensor], Tensor]


def signs(y: Tensor, t: Tensor) -> Tensor:
    """Targets of -1 and +1, one for each output unit."""
    if t.is_floating_point():
        return t
    if y.shape[1] == 1:
        return torch.where(t == 1, 1.0, -1.0).to(y.dtype)[:, None]
    return torch.stack([torch.where(t == k, 1.0, -1.0) for k in range(y.shape[1])], 1).to(y.dtype)


def cross_entropy(y: Tensor, t: Tensor) -> Tensor:
    if y.shape[1] == 1:
        return torch.log(1 + torch.exp(-signs(y, t) * y))[:, 0]
    p = torch.exp(y) / torch.exp(y).sum(1, keepdim=True)
    return -torch.log(p[torch.arange(len(t)), t])


def hinge(y: Tensor, t: Tensor) -> Tensor:
    if y.shape[1] == 1:
        return torch.relu(1 - signs(y, t) * y)[:, 0]
    rows = []
    for scores, right in zip(y, t.tolist(), strict=True):
        rival = max(scores[k] for k in range(len(scores)) if k != right)
        rows.append(torch.relu(1 - scores[right] + rival))
    return torch.stack(rows)


LOSSES: dict[str, LossFormula] = {
    "CrossEntropy": cross_entropy,
    "Hinge": hinge,
    "Perceptron": lambda y, t: torch.relu(-signs(y, t) * y).sum(1),
    "SquaredError": lambda y, t: (0.5 * (y - signs(y, t)) ** 2).sum(1),
}

OPTIMIZERS: dict[str, tuple[dict[str, Any], Callable[[list[Tensor]], torch.optim.Optimizer]]] = {
    "SGD": ({"kind": "SGD", "lr": 0.1}, lambda w: torch.optim.SGD(w, lr=0.1)),
    "momentum": (
        {"kind": "SGD", "lr": 0.1, "momentum": 0.9},
        lambda w: torch.optim.SGD(w, lr=0.1, momentum=0.9),
    ),
    "Nesterov": (
        {"kind": "SGD", "lr": 0.1, "momentum": 0.9, "nesterov": True},
        lambda w: torch.optim.SGD(w, lr=0.1, momentum=0.9, nesterov=True),
    ),
    "RMSprop": (
        {"kind": "RMSprop", "lr": 0.01, "alpha": 0.9},
        lambda w: torch.optim.RMSprop(w, lr=0.01, alpha=0.9),
    ),
    "Adam": (
        {"kind": "Adam", "lr": 0.01, "beta1": 0.8},
        lambda w: torch.optim.Adam(w, lr=0.01, betas=(0.8, 0.999)),
    ),
    "AdamW": (
        {"kind": "AdamW", "lr": 0.01, "weight_decay": 0.1},
        lambda w: torch.optim.AdamW(w, lr=0.01, weight_decay=0.1),
    ),
    "Rosenblatt": ({"kind": "Rosenblatt", "lr": 0.5}, lambda w: torch.optim.SGD(w, lr=0.5)),
}

PENALTIES: dict[str, Callable[[list[Tensor]], Tensor]] = {
    "NoPenalty": lambda weights: torch.zeros(()),
    "L1": lambda weights: torch.stack([0.01 * weight.abs().sum() for weight in weights]).sum(),
    "L2": lambda weights: torch.stack([0.005 * (weight**2).sum() for weight in weights]).sum(),
}

BENDS: dict[str, Callable[[Tensor], Tensor]] = {
    "Tanh": torch.tanh,
    "Sigmoid": lambda x: 1 / (1 + torch.exp(-x)),
    "ReLU": lambda x: torch.where(x > 0, x, 0.0),
    "GELU": lambda x: x * 0.5 * (1 + torch.erf(x / 2**0.5)),
}
