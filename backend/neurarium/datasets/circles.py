"""Two circles, one inside the other: no straight line separates them."""

from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from neurarium.dataset import Target
from neurarium.plane import PlaneDataset, Positions, two_classes


class Circles(PlaneDataset):
    """A disc of one class inside a ring of the other. No straight line separates them."""

    title: ClassVar = "circles"
    kind: Literal["Circles"] = "Circles"
    gap: float = Field(default=0.4, ge=0, le=1, description="Share of the radius between disc and ring that is empty.")

    def target(self) -> Target:
        """The ring is class -1, the disc +1."""
        return two_classes()

    def sample(self, rng: np.random.Generator) -> tuple[Positions, NDArray[Any]]:
        """Every second point lies in the disc."""
        labels = (np.arange(self.samples) % 2).astype(np.int64)
        inner, outer = 1.3, 2.4
        share = rng.random(self.samples)
        ring = inner + (outer - inner) * (self.gap + (1 - self.gap) * share)
        radius = np.where(labels == 1, inner * np.sqrt(share), ring)
        angle = rng.uniform(0, 2 * np.pi, self.samples)
        return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1), labels
