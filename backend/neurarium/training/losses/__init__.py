"""The shelf of losses: one idea, one file."""

from typing import TYPE_CHECKING

from neurarium_models.shelf import discover, one_of

from neurarium.training.loss import Loss

LOSSES = discover(__name__, Loss)
"""Every kind, by its name."""

if TYPE_CHECKING:
    AnyLoss = Loss
else:
    AnyLoss = one_of(LOSSES)
