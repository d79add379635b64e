"""Two circles, one inside the other."""

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from neurarium.dataset import Sampled, Target, in_turn
from neurarium.plane import PlaneDataset, Points, numbered, polar

INNER, OUTER = 1.3, 2.5


class Circles(Sampled, PlaneDataset):
    """A disc of class +1 inside a ring of class -1. No straight line separates them, a closed curve does."""

    title: ClassVar = "circles"
    kind: Literal["Circles"] = "Circles"
    gap: float = Field(
        default=0.5,
        ge=0,
        le=1,
        description="How much of the way to the outer edge is empty between disc and ring.",
    )

    def target(self) -> Target:
        """The ring is class -1, the disc +1."""
        return numbered(2)

    def points(self, seed: int) -> Points:
        """Spread points evenly over the disc, and over the ring."""
        chance = self.chance(seed)
        labels = in_turn(self.samples, 2)
        share = chance.uniform[:, 0]
        least = INNER + self.gap * (OUTER - INNER)
        ring = np.sqrt(least**2 + share * (OUTER**2 - least**2))
        radius = np.where(labels == 1, INNER * np.sqrt(share), ring)
        positions = polar(radius, 2 * np.pi * chance.uniform[:, 1])
        return Points(positions + self.noise * chance.normal, labels, chance.held_out)
