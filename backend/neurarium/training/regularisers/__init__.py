"""The shelf of regularisers: one family, one file."""

from typing import TYPE_CHECKING

from neurarium.training.regulariser import Regulariser
from neurarium_models.shelf import discover, one_of

REGULARISERS = discover(__name__, Regulariser)
"""Every kind, by its name."""

if TYPE_CHECKING:
    AnyRegulariser = Regulariser
else:
    AnyRegulariser = one_of(REGULARISERS)
