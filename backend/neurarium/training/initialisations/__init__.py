"""The shelf of initialisations: one family, one file."""

from typing import TYPE_CHECKING

from neurarium.training.initialisation import Initialisation
from neurarium_models.shelf import discover, one_of

INITIALISATIONS = discover(__name__, Initialisation)
"""Every kind, by its name."""

if TYPE_CHECKING:
    AnyInitialisation = Initialisation
else:
    AnyInitialisation = one_of(INITIALISATIONS)
