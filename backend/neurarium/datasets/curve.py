"""Curves over a line: regression that can be drawn in one picture."""

from typing import ClassVar, Literal

import numpy as np
from neurarium_models.tensor import TensorSpec, features
from pydantic import Field

from neurarium.dataset import Arrays, Dataset, Examples, Split, Target
from neurarium.plane import Positions, one_number

CURVES = {
    "sine": lambda x: np.sin(2 * x),
    "step": lambda x: np.where(x < 0, -0.8, 0.8),
    "bump": lambda x: 2 * np.exp(-2 * x**2) - 1,
    "parabola": lambda x: x**2 / 4.5 - 1,
}


class Curve(Dataset):
    """A curve over a line from -3 to 3, seen at some places through noise."""

    title: ClassVar = "a curve"
    kind: Literal["Curve"] = "Curve"
    curve: Literal["sine", "step", "bump", "parabola"] = Field(default="sine", description="Which curve.")
    samples: int = Field(default=120, ge=2, le=5000, description="How many places are seen.")
    noise: float = Field(default=0.1, ge=0, le=2, description="Standard deviation of the error in each value.")
    validation: float = Field(
        default=1 / 3, ge=0.05, le=0.9, description="Share of the places that is held out to measure with."
    )

    def inputs(self) -> dict[str, TensorSpec]:
        """The place on the line."""
        return {"x": features(1)}

    def target(self) -> Target:
        """The height of the curve there."""
        return one_number()

    def encode(self, positions: Positions) -> Arrays:
        """Compute what the network is told of any positions: the first coordinate."""
        return {"x": positions[:, :1]}

    def draw(self, seed: int) -> Examples:
        """Draw the places, then the errors, so that other noise leaves the places."""
        x = np.random.default_rng((seed, 1)).uniform(-3, 3, self.samples)
        error = self.noise * np.random.default_rng((seed, 2)).standard_normal(self.samples)
        y = CURVES[self.curve](x) + error
        position = np.stack([x, y], axis=1)
        arrays = {**self.encode(position), "y": y[:, None], "position": position}
        first = self.samples - max(1, round(self.samples * self.validation))
        ids = np.arange(self.samples)
        return Examples(*(
            Split(ids[part], {name: array[part] for name, array in arrays.items()})
            for part in (slice(None, first), slice(first, None))
        ))
