"""Heights over the plane: data for regression."""

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from neurarium.dataset import Numbers, RealTarget, Sampled, Target
from neurarium.plane import PlaneDataset, Points, Positions

REACH = 2.8
HILLS = np.array(
    [(-1.5, 1.5, 1.0), (1.5, 1.5, -1.0), (1.5, -1.5, 1.0), (-1.5, -1.5, -1.0), (0.0, 0.0, 0.6)]
)
"""Where the middle of each hill is, and how high; a hollow is a hill of negative height."""
WIDTH = 0.7


class Surface(Sampled, PlaneDataset):
    """A height at each point of the plane, between -1 and 1: a slope, or hills and hollows (several Gaussians)."""

    title: ClassVar = "surface"
    kind: Literal["Surface"] = "Surface"
    noise: float = Field(
        default=0.05, ge=0, le=1, description="Standard deviation of the error in each height."
    )
    shape: Literal["plane", "hills"] = Field(
        default="plane", description="A slope, or hills and hollows."
    )

    def target(self) -> Target:
        """The height."""
        return RealTarget()

    def points(self, seed: int) -> Points:
        """Spread points evenly and measure their heights."""
        chance = self.chance(seed)
        positions = REACH * (2 * chance.uniform[:, :2] - 1)
        return Points(
            positions, self.height(positions) + self.noise * chance.normal[:, 0], chance.held_out
        )

    def height(self, positions: Positions) -> Numbers:
        """Compute the true height."""
        if self.shape == "plane":
            slope: Numbers = positions.sum(axis=1) / (2 * REACH)
            return slope
        distance = np.square(positions[:, None] - HILLS[:, :2]).sum(axis=2)
        hills: Numbers = np.exp(-distance / (2 * WIDTH**2)) @ HILLS[:, 2]
        return hills
