"""Two classes in opposite quarters of the plane."""

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from neurarium.dataset import Sampled, Target, in_turn
from neurarium.plane import PlaneDataset, Points, numbered

QUARTERS = np.array([(1.0, 1.0), (1.0, -1.0), (-1.0, -1.0), (-1.0, 1.0)])
REACH = 2.7


class Xor(Sampled, PlaneDataset):
    """Class +1 where x1 and x2 have the same sign. Neither tells anything alone; only both together do."""

    title: ClassVar = "xor"
    kind: Literal["Xor"] = "Xor"
    gap: float = Field(
        default=0.3,
        ge=0,
        le=1,
        description="Half the width of the empty cross between the quarters.",
    )

    def target(self) -> Target:
        """Equal signs are class +1."""
        return numbered(2)

    def points(self, seed: int) -> Points:
        """Spread points evenly over the quarters, which take turns."""
        chance = self.chance(seed)
        quarter = in_turn(self.samples, 4)
        positions = QUARTERS[quarter] * (self.gap + (REACH - self.gap) * chance.uniform[:, :2])
        return Points(positions + self.noise * chance.normal, (quarter + 1) % 2, chance.held_out)
