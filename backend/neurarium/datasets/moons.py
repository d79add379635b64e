"""Two half moons that reach into each other."""

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from neurarium.dataset import Sampled, Target, in_turn
from neurarium.plane import PlaneDataset, Points, numbered

SIZE = 1.7


class Moons(Sampled, PlaneDataset):
    """Two half circles that reach into each other. A straight line comes close, but not there."""

    title: ClassVar = "moons"
    kind: Literal["Moons"] = "Moons"
    gap: float = Field(
        default=0.5,
        ge=0,
        le=1,
        description="How far apart: at 0 each tip touches the middle of the other moon.",
    )

    def target(self) -> Target:
        """The upper moon is class -1, the lower +1."""
        return numbered(2)

    def points(self, seed: int) -> Points:
        """Spread points evenly along both moons; each is the other one turned round."""
        chance = self.chance(seed)
        labels = in_turn(self.samples, 2)
        angle = np.pi * chance.uniform[:, 0]
        upper = SIZE * np.stack([np.cos(angle) - 0.5, np.sin(angle) - (1 - self.gap) / 2], axis=1)
        positions = np.where(labels[:, None] == 0, upper, -upper)
        return Points(positions + self.noise * chance.normal, labels, chance.held_out)
