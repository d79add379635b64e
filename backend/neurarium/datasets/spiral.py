"""Spiral arms that turn around each other."""

from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from neurarium.dataset import Target

from neurarium.dataset import ClassTarget
from neurarium.plane import PlaneDataset, Positions, two_classes


class Spiral(PlaneDataset):
    """One spiral arm for each class. The more turns, the harder."""

    title: ClassVar = "spiral"
    kind: Literal["Spiral"] = "Spiral"
    samples: int = Field(default=500, ge=2, le=5000, description="How many points are drawn.")
    noise: float = Field(default=0.05, ge=0, le=2, description="How far each point is pushed at random.")
    arms: int = Field(default=2, ge=2, le=6, description="How many arms, each a class of its own.")
    turns: float = Field(default=1.25, ge=0.25, le=3, description="How often an arm goes round.")

    def target(self) -> Target:
        """Two arms are -1 and +1, more are numbered."""
        if self.arms == 2:  # noqa: PLR2004 - two classes are the signs
            return two_classes()
        return ClassTarget(names=tuple(str(index) for index in range(self.arms)))

    def sample(self, rng: np.random.Generator) -> tuple[Positions, NDArray[Any]]:
        """Places along an arm are evenly spread at random."""
        labels = (np.arange(self.samples) % self.arms).astype(np.int64)
        along = rng.random(self.samples)
        radius = 0.2 + 2.4 * along
        angle = 2 * np.pi * (self.turns * along + labels / self.arms)
        return np.stack([radius * np.sin(angle), radius * np.cos(angle)], axis=1), labels
