"""The shelf of layers: one family, one file."""

from typing import TYPE_CHECKING

from neurarium_models.layer import Layer
from neurarium_models.shelf import discover, one_of

LAYERS = discover(__name__, Layer)
"""Every kind of layer, by its name."""

if TYPE_CHECKING:
    AnyLayer = Layer
else:
    AnyLayer = one_of(LAYERS)
