"""Torch's optimisers without its compiler, which loads for seconds when the first one is made or takes a step.

They call it only to ask that it leave them alone. Nothing is compiled here: their methods are used as they are written.
"""

from collections.abc import Callable, Iterable
from inspect import unwrap
from typing import TYPE_CHECKING

import torch
from torch.optim import Optimizer as TorchOptimizer

if TYPE_CHECKING:
    from torch import Tensor

    from neurarium.training.optimizer import Optimizer

LEFT_ALONE = "__dynamo_disable"
"""Where torch keeps, of a method that its compiler leaves alone, the method to be called: asked for only once."""
METHODS = ("add_param_group", "zero_grad")


def built(rule: "Optimizer", parameters: "Iterable[Tensor]") -> TorchOptimizer:
    """Make the optimiser of a learning rule."""
    for name in METHODS:
        method = unwrap(getattr(TorchOptimizer, name))
        if not hasattr(method, LEFT_ALONE):
            setattr(method, LEFT_ALONE, method)
    return rule.build(parameters)


def step_of(optimizer: TorchOptimizer) -> Callable[[], None]:
    """Give the step itself, without what wraps it: questions of the compiler and of the profiler."""
    move = unwrap(type(optimizer).step)

    def step() -> None:
        with torch.no_grad():
            move(optimizer)

    return step
