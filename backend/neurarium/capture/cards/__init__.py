"""The shelf of cards: one family of functions, one file."""

from neurarium.capture.card import Card
from neurarium_models.shelf import discover

SHELF = discover(__name__, Card)
CARDS = dict(sorted((name, card) for card in SHELF.values() for name in card.names()))
"""Every function of torch that has a card, by its name without overload."""
