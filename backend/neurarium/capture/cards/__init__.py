"""The shelf of cards: one family of functions, one file."""

from neurarium.capture.card import Card
from neurarium_models.shelf import discover

CARDS = discover(__name__, Card)
"""Every function of torch that has a card, by its name without overload."""
