"""Waves that go on: a sequence of numbers whose next one is to be foretold."""

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from neurarium.dataset import MAXIMUM_SAMPLES, Dataset, Examples, RealTarget, Sampled, Target, split
from neurarium_models.tensor import TensorSpec, features


class Waves(Sampled, Dataset):
    """Two sine waves in one, the second with twice the pitch. Pitch and phases are random: what comes next?"""

    title: ClassVar = "waves"
    kind: Literal["Waves"] = "Waves"
    samples: int = Field(default=2000, ge=2, le=MAXIMUM_SAMPLES, description="How many waves.")
    noise: float = Field(
        default=0.0, ge=0, le=1, description="Standard deviation of the error in each value seen."
    )
    length: int = Field(default=40, ge=4, le=200, description="How many values are seen.")

    def inputs(self) -> dict[str, TensorSpec]:
        """One value after the other."""
        return {"x": features(self.length, 1, axes="TD")}

    def target(self) -> Target:
        """The next value."""
        return RealTarget()

    def draw(self, seed: int) -> Examples:
        """Draw waves of 0.15 to 0.3 radians a step, from -1 to 1."""
        chance = self.chance(seed, uniform=3, normal=self.length)
        pitch, first, second = chance.uniform.T[:, :, None]
        turn = (0.15 + 0.15 * pitch) * np.arange(self.length + 1)
        wave = np.sin(turn + 2 * np.pi * first) + 0.5 * np.sin(2 * (turn + np.pi * second))
        wave /= 1.5
        seen = wave[:, :-1] + self.noise * chance.normal
        arrays = {"x": seen[:, :, None], "y": wave[:, -1:]}
        return split(np.arange(self.samples), arrays, chance.held_out)
