"""Small drawings of 20 × 20 pixels, as the Mark I perceptron saw them."""

from typing import ClassVar, Literal

import numpy as np
from neurarium_models.tensor import TensorSpec, features
from numpy.typing import NDArray
from pydantic import Field

from neurarium.dataset import ClassTarget, Dataset, Examples, Split, Target

SIZE = 20
Line = tuple[tuple[float, float], tuple[float, float]]
STROKES: dict[str, tuple[Line, ...]] = {
    "triangle": (((0.0, -1.0), (0.9, 0.8)), ((0.9, 0.8), (-0.9, 0.8)), ((-0.9, 0.8), (0.0, -1.0))),
    "square": (
        ((-0.8, -0.8), (0.8, -0.8)),
        ((0.8, -0.8), (0.8, 0.8)),
        ((0.8, 0.8), (-0.8, 0.8)),
        ((-0.8, 0.8), (-0.8, -0.8)),
    ),
    "cross": (((-0.9, -0.9), (0.9, 0.9)), ((-0.9, 0.9), (0.9, -0.9))),
    "T": (((-0.9, -0.9), (0.9, -0.9)), ((0.0, -0.9), (0.0, 0.9))),
    "L": (((-0.7, -0.9), (-0.7, 0.9)), ((-0.7, 0.9), (0.8, 0.9))),
    "E": (
        ((-0.7, -0.9), (-0.7, 0.9)),
        ((-0.7, -0.9), (0.8, -0.9)),
        ((-0.7, 0.0), (0.6, 0.0)),
        ((-0.7, 0.9), (0.8, 0.9)),
    ),
}
"""Each glyph as straight strokes in a square from -1 to 1, rows downwards."""
Glyph = Literal["triangle", "square", "cross", "T", "L", "E"]


class Glyphs(Dataset):
    """Drawings of 20 × 20 pixels, one kind for each class, at changing places and sizes."""

    title: ClassVar = "glyphs"
    kind: Literal["Glyphs"] = "Glyphs"
    glyphs: tuple[Glyph, ...] = Field(
        default=("T", "E"), min_length=2, max_length=6, description="Which drawings, each a class."
    )
    samples: int = Field(default=240, ge=2, le=5000, description="How many drawings.")
    shift: float = Field(default=1.0, ge=0, le=5, description="How many pixels a drawing is moved at most.")
    noise: float = Field(default=0.1, ge=0, le=1, description="Standard deviation of the error in each pixel.")
    validation: float = Field(
        default=1 / 3, ge=0.05, le=0.9, description="Share of the drawings that is held out to measure with."
    )

    def inputs(self) -> dict[str, TensorSpec]:
        """Rows and columns of ink, from 0 to about 1."""
        return {"x": features(SIZE, SIZE, axes="HW")}

    def target(self) -> Target:
        """Which drawing it is."""
        return ClassTarget(names=self.glyphs)

    def draw(self, seed: int) -> Examples:
        """Draw place, size and slant of each, then the strokes, then the noise."""
        labels = (np.arange(self.samples) % len(self.glyphs)).astype(np.int64)
        rng = np.random.default_rng((seed, 1))
        shift = rng.uniform(-self.shift, self.shift, (self.samples, 2))
        size = rng.uniform(6, 8, self.samples)
        slant = rng.uniform(-0.15, 0.15, self.samples)
        ink = np.stack([
            _ink(STROKES[self.glyphs[label]], move, scale, turn)
            for label, move, scale, turn in zip(labels, shift, size, slant, strict=True)
        ])
        ink += self.noise * np.random.default_rng((seed, 2)).standard_normal(ink.shape)
        ids = np.arange(self.samples)
        first = self.samples - max(1, round(self.samples * self.validation))
        return Examples(*(
            Split(ids[part], {"x": ink[part], "y": labels[part]}) for part in (slice(None, first), slice(first, None))
        ))


def _ink(strokes: tuple[Line, ...], shift: NDArray[np.float64], size: float, slant: float) -> NDArray[np.float64]:
    """Draw lines about one pixel wide: ink falls off with the distance to the nearest line."""
    rows, columns = np.mgrid[:SIZE, :SIZE].astype(np.float64)
    turn = np.array([(np.cos(slant), -np.sin(slant)), (np.sin(slant), np.cos(slant))])
    nearest = np.full((SIZE, SIZE), np.inf)
    for line in strokes:
        (x0, y0), (x1, y1) = np.array(line) @ turn.T * size + shift + (SIZE - 1) / 2
        dx, dy = x1 - x0, y1 - y0
        along = np.clip(((columns - x0) * dx + (rows - y0) * dy) / (dx * dx + dy * dy), 0, 1)
        nearest = np.minimum(nearest, np.hypot(columns - x0 - along * dx, rows - y0 - along * dy))
    return np.clip(1.5 - nearest, 0, 1)
