"""Torch's optimisers without its compiler, which nobody uses here.

They only tell the compiler to keep away, but import all of it to say so: more than two seconds and a quarter of the
memory of a process that trains.
"""

from inspect import unwrap

import torch
from torch.optim import Optimizer

KEPT_AWAY = Optimizer.add_param_group, Optimizer.zero_grad
MARK = "__dynamo_disable"
"""Where torch notes a function's form that the compiler keeps away from, once it has made it. Without this note it
makes it, which takes longer and changes no number."""


def keep_compiler_out() -> None:
    """Let functions of all optimisers stand for themselves."""
    for wrapped in KEPT_AWAY:
        function = unwrap(wrapped)
        if not hasattr(function, MARK):
            setattr(function, MARK, function)


def take_step(optimizer: Optimizer) -> None:
    """Take a step as `optimizer.step()` does, without what it is wrapped in for the compiler and the profiler."""
    step = unwrap(type(optimizer).step)
    with torch.no_grad():
        step(optimizer)
