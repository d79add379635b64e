"""The shelf of optimisers: one family, one file."""

from typing import TYPE_CHECKING

from neurarium.training.optimizer import Optimizer
from neurarium_models.shelf import discover, one_of

OPTIMIZERS = discover(__name__, Optimizer)
"""Every kind, by its name."""

if TYPE_CHECKING:
    AnyOptimizer = Optimizer
else:
    AnyOptimizer = one_of(OPTIMIZERS)
