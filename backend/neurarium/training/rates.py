"""Factors of the learning rate: which one holds for a parameter, and an optimiser that keeps to them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor
    from torch.optim import Optimizer


def factor(rates: Mapping[str, float], parameter: str) -> float:
    """Find the factor of the innermost node or block around a parameter that has one."""
    path = parameter
    while path:
        path = path.rpartition(".")[0]
        if path in rates:
            return rates[path]
    return 1.0


def regroup(
    optimizer: "Optimizer", parameters: "Mapping[str, Tensor]", rates: Mapping[str, float]
) -> None:
    """Part an optimiser's parameters by their factors, each part with the settings of all."""
    (whole,) = optimizer.param_groups
    parts: dict[float, list[Tensor]] = {}
    for name, value in parameters.items():
        parts.setdefault(factor(rates, name), []).append(value)
    optimizer.param_groups = [
        {**whole, "params": values, "factor": each} for each, values in parts.items()
    ]
