"""The shelf of optimizers: one idea, one file."""

from typing import TYPE_CHECKING

from neurarium_models.shelf import discover, one_of

from neurarium.training.optimizer import Optimizer

OPTIMIZERS = discover(__name__, Optimizer)
"""Every kind, by its name."""

if TYPE_CHECKING:
    AnyOptimizer = Optimizer
else:
    AnyOptimizer = one_of(OPTIMIZERS)
