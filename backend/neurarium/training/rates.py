"""Factors of the learning rate: which one holds for a parameter, and an optimiser that keeps to them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, TypeVar

from pydantic import Field

if TYPE_CHECKING:
    from torch import Tensor
    from torch.optim import Optimizer

Factor = Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)]
Said = TypeVar("Said")


def innermost(said: Mapping[str, Said], parameter: str) -> Said | None:
    """Find what is said of the innermost node or block around a parameter of which anything is."""
    path = parameter
    while path:
        path = path.rpartition(".")[0]
        if path in said:
            return said[path]
    return None


def factor(rates: Mapping[str, float], parameter: str) -> float:
    """Find the factor of the innermost node or block around a parameter that has one."""
    found = innermost(rates, parameter)
    return 1.0 if found is None else found


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
