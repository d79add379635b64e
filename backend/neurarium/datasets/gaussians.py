"""Clouds of points, one for each class."""

from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from neurarium.dataset import Target

from neurarium.dataset import ClassTarget
from neurarium.plane import PlaneDataset, Positions, two_classes


class Gaussians(PlaneDataset):
    """One round cloud for each class, on a circle around the middle. The noise is the clouds' standard deviation."""

    title: ClassVar = "Gaussians"
    kind: Literal["Gaussians"] = "Gaussians"
    noise: float = Field(default=0.5, ge=0, le=2, description="Standard deviation of each cloud.")
    classes: int = Field(default=2, ge=2, le=8, description="How many clouds.")

    def target(self) -> Target:
        """Two clouds are -1 and +1, more are numbered."""
        if self.classes == 2:  # noqa: PLR2004 - two classes are the signs
            return two_classes()
        return ClassTarget(names=tuple(str(index) for index in range(self.classes)))

    def sample(self, rng: np.random.Generator) -> tuple[Positions, NDArray[Any]]:
        """All points of a class begin at its cloud's middle; the noise spreads them."""
        labels = (np.arange(self.samples) % self.classes).astype(np.int64)
        angle = np.pi / 4 + 2 * np.pi * labels / self.classes
        return 1.5 * np.stack([np.cos(angle), np.sin(angle)], axis=1), labels
