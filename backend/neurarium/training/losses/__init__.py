"""The shelf of losses: one family, one file."""

from typing import TYPE_CHECKING

from neurarium.training.loss import Loss
from neurarium_models.shelf import discover, one_of

LOSSES = discover(__name__, Loss)
"""Every kind, by its name."""

if TYPE_CHECKING:
    AnyLoss = Loss
else:
    AnyLoss = one_of(LOSSES)
