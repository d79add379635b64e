"""Curves over a line: regression that fits into one picture."""

from collections.abc import Callable, Mapping
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from neurarium.dataset import MAXIMUM_SAMPLES, Arrays, Numbers, RealTarget, Sampled, Target
from neurarium.plane import DOMAIN, PointDataset, Points, Positions
from neurarium_models.tensor import TensorSpec, features

Shape = Literal["sine", "step", "bump", "parabola", "cubic"]
SHAPES: Mapping[Shape, Callable[[Numbers], Numbers]] = {
    "sine": lambda x: np.sin(2 * x),
    "step": lambda x: np.where(x < 0, -1.0, 1.0),
    "bump": lambda x: 2 * np.exp(-2 * x**2) - 1,
    "parabola": lambda x: x**2 / 4.5 - 1,
    "cubic": lambda x: (x**3 - 6 * x) / 9,
}
"""Heights between -1 and 1 for x from -3 to 3."""


class Curve(Sampled, PointDataset):
    """A curve over a line, seen at some places, with errors. Between few places a large network bends as it likes."""

    title: ClassVar = "curve"
    height_is_target: ClassVar = True
    kind: Literal["Curve"] = "Curve"
    shape: Shape = Field(default="sine", description="Which curve.")
    samples: int = Field(
        default=120, ge=2, le=MAXIMUM_SAMPLES, description="How many places are seen."
    )
    noise: float = Field(
        default=0.1, ge=0, le=1, description="Standard deviation of the error in each height."
    )

    def inputs(self) -> dict[str, TensorSpec]:
        """The place on the line."""
        return {"x": features(1)}

    def target(self) -> Target:
        """The height there."""
        return RealTarget()

    def points(self, seed: int) -> Points:
        """Spread places evenly over the line and measure the heights there."""
        chance = self.chance(seed)
        low, high = DOMAIN
        x = low + (high - low) * chance.uniform[:, 0]
        y = SHAPES[self.shape](x) + self.noise * chance.normal[:, 0]
        return Points(np.stack([x, y], axis=1), y, chance.held_out)

    def encode(self, positions: Positions) -> Arrays:
        """The first coordinate; the second is what is to be learned."""
        return {"x": positions[:, :1]}
