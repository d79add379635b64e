"""Spiral arms that wind around each other."""

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from neurarium.dataset import MAXIMUM_SAMPLES, Sampled, Target, in_turn
from neurarium.plane import PlaneDataset, Points, numbered, polar

LEAST, GREATEST = 0.2, 2.7


class Spiral(Sampled, PlaneDataset):
    """One spiral arm for each class. The more turns and arms, the more often a network has to fold the plane."""

    title: ClassVar = "spiral"
    kind: Literal["Spiral"] = "Spiral"
    samples: int = Field(
        default=500, ge=2, le=MAXIMUM_SAMPLES, description="How many examples are drawn."
    )
    noise: float = Field(
        default=0.05,
        ge=0,
        le=1,
        description="How far points are pushed at random: the standard deviation.",
    )
    arms: int = Field(default=2, ge=2, le=6, description="How many arms, each a class of its own.")
    turns: float = Field(default=1.75, ge=0.25, le=3, description="How often an arm goes round.")

    def target(self) -> Target:
        """Two arms are -1 and +1, more are counted."""
        return numbered(self.arms)

    def points(self, seed: int) -> Points:
        """Spread points along the arms, as many inside as outside."""
        chance = self.chance(seed)
        labels = in_turn(self.samples, self.arms)
        along = chance.uniform[:, 0]
        angle = 2 * np.pi * (self.turns * along + labels / self.arms)
        positions = polar(LEAST + (GREATEST - LEAST) * along, angle)
        return Points(positions + self.noise * chance.normal, labels, chance.held_out)
