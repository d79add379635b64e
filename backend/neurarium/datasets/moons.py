"""Two half moons that reach into each other."""

from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from neurarium.dataset import Target

from neurarium.plane import PlaneDataset, Positions, two_classes


class Moons(PlaneDataset):
    """Two half circles that reach into each other. A straight line comes close, but not there."""

    title: ClassVar = "moons"
    kind: Literal["Moons"] = "Moons"
    gap: float = Field(default=0.5, ge=-1, le=2, description="How far the moons stand apart.")

    def target(self) -> Target:
        """The upper moon is -1, the lower +1."""
        return two_classes()

    def sample(self, rng: np.random.Generator) -> tuple[Positions, NDArray[Any]]:
        """Upper and lower moon in turn."""
        labels = (np.arange(self.samples) % 2).astype(np.int64)
        angle = np.pi * rng.random(self.samples)
        side = np.where(labels == 0, 1.0, -1.0)
        x1 = 1.6 * np.cos(angle) - 0.8 * side
        x2 = side * (1.6 * np.sin(angle) - 0.8 + self.gap)
        return np.stack([x1, x2], axis=1), labels
