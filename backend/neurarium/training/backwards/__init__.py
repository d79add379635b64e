"""The shelf of wrong backwards: one family of layers, one file."""

from neurarium.training.backward import Backward
from neurarium_models.shelf import discover

BACKWARDS = discover(__name__, Backward)
"""Every kind, by its name."""
