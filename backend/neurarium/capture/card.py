"""The contract of every card: what a learner reads of one function of torch, forward and backward.

In formulas x is what a function reads, y what it says, and g what arrives on the way back: the gradient ∂E/∂y
(upstream). What goes on is ∂E/∂x (downstream): g times the local slope.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

Numbers = NDArray[np.float64]


class Card(BaseModel, ABC):
    """One function of torch. The docstring is the one sentence.

    A subclass is final and has `kind: Literal["name"] = "name"`: the name of the function without its overload, as the
    captured graph has it in `title`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    title: ClassVar[str]
    """What people call it: `matrix product`."""
    symbol: ClassVar[str]
    """What stands in a small box: `×`."""
    forward: ClassVar[str]
    """What it computes, in LaTeX."""
    backward: ClassVar[Mapping[str, str]]
    """What goes back to each input that has a gradient, in LaTeX, by the input's letter in `forward`.

    Empty: nothing flows back through it; it is a helper on the way back, or picks and compares.
    """
    kind: str = ""
    also: ClassVar[tuple[str, ...]] = ()
    """Further functions that compute the very same: torch has several names for some, by what they are given."""

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """List all functions that this is the card of."""
        return (cls.model_fields["kind"].default, *cls.also)

    @classmethod
    def ways_back(cls) -> dict[str, str]:
        """Write a whole line for each input: downstream = upstream × local."""
        return {
            x: rf"\frac{{\partial E}}{{\partial {x}}} = {sent}" for x, sent in cls.backward.items()
        }


class Elementwise(Card):
    """A function of each number by itself, or of several numbers that lie at the same place."""

    settings: ClassVar[tuple[Any, ...]] = ()
    """Further arguments that its slope is told for."""

    @abstractmethod
    def value(self, *x: Numbers) -> Numbers:
        """Compute it."""

    @abstractmethod
    def slopes(self, *x: Numbers) -> tuple[Numbers, ...]:
        """Compute the slope by each input, as torch has it where there is a kink."""


class Curve(Elementwise):
    """A function of one number, which can be drawn with its tangent."""

    reach: ClassVar[tuple[float, float]] = (-3.0, 3.0)
    """From where to where it is drawn."""

    @abstractmethod
    def slope(self, x: Numbers) -> Numbers:
        """Compute the slope."""

    def slopes(self, *x: Numbers) -> tuple[Numbers, ...]:
        """There is one."""
        return (self.slope(x[0]),)


def same(x: Numbers, value: float = 1.0) -> Numbers:
    """Make a slope that is the same everywhere."""
    return np.full(np.shape(x), value)
