"""Heights over the plane: data for regression."""

from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from neurarium.dataset import Target
from neurarium.plane import PlaneDataset, Positions, one_number

HILLS = np.array([(-1.5, 1.2, 1.0), (1.6, 1.4, -1.0), (0.2, -1.6, 1.0), (-1.8, -1.7, -1.0), (2.0, -1.0, 0.6)])
"""Place and height of each hill."""


class Plane(PlaneDataset):
    """A height at each point: a tilted plane, or hills and hollows. Targets lie between -1 and 1."""

    title: ClassVar = "a surface"
    kind: Literal["Plane"] = "Plane"
    noise: float = Field(default=0.0, ge=0, le=2, description="How far each point is pushed after its height was taken.")
    surface: Literal["plane", "hills"] = Field(default="plane", description="A tilted plane, or hills and hollows.")

    def target(self) -> Target:
        """The height."""
        return one_number()

    def sample(self, rng: np.random.Generator) -> tuple[Positions, NDArray[Any]]:
        """Points anywhere in the plane."""
        positions = rng.uniform(-2.8, 2.8, (self.samples, 2))
        if self.surface == "plane":
            return positions, positions.sum(axis=1) / 6
        distance = np.square(positions[:, None] - HILLS[None, :, :2]).sum(axis=2)
        return positions, (HILLS[:, 2] * np.exp(-distance / 1.2)).sum(axis=1)
