"""Clouds of points, one for each class."""

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from neurarium.dataset import Sampled, Target, in_turn
from neurarium.plane import PlaneDataset, Points, numbered, polar

RADIUS = 1.7


class Gaussians(Sampled, PlaneDataset):
    """A round cloud for each class, on a circle around the middle. Where clouds overlap, nobody can be always right."""

    title: ClassVar = "Gaussians"
    kind: Literal["Gaussians"] = "Gaussians"
    noise: float = Field(
        default=0.5, ge=0.05, le=1, description="How wide the clouds are: the standard deviation."
    )
    classes: int = Field(default=2, ge=2, le=8, description="How many clouds.")

    def target(self) -> Target:
        """The clouds are counted anticlockwise; two of them are -1, below on the left, and +1."""
        return numbered(self.classes)

    def points(self, seed: int) -> Points:
        """Start every point in the middle of its cloud; noise makes the cloud."""
        chance = self.chance(seed)
        labels = in_turn(self.samples, self.classes)
        angle = -3 * np.pi / 4 + 2 * np.pi * labels / self.classes
        positions = polar(np.full(self.samples, RADIUS), angle)
        return Points(positions + self.noise * chance.normal, labels, chance.held_out)
