"""Drawings of 20 × 20 pixels, as many as the Mark I perceptron had photocells."""

from collections.abc import Mapping
from typing import ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from neurarium.dataset import (
    Chance,
    ClassTarget,
    Dataset,
    Examples,
    Numbers,
    Sampled,
    Target,
    in_turn,
    split,
)
from neurarium_models.tensor import TensorSpec, features

SIZE = 20
RADIUS = 6.5
"""Half a drawing's height in pixels, before it grows or shrinks."""
INK = 48.0
"""Sum over the pixels of each drawing. A pixel is 0 to about 1."""
Glyph = Literal["triangle", "square", "circle", "E", "F", "H", "L", "T", "X"]
Path = tuple[tuple[float, float], ...]
"""Corners of a line, x to the right and y downwards, from -1 to 1."""
GLYPHS: Mapping[Glyph, tuple[Path, ...]] = {
    "triangle": (((0, -0.9), (1, 0.9), (-1, 0.9), (0, -0.9)),),
    "square": (((-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9), (-0.9, -0.9)),),
    "circle": (tuple((np.cos(turn), np.sin(turn)) for turn in np.linspace(0, 2 * np.pi, 13)),),
    "E": (((0.8, -1), (-0.8, -1), (-0.8, 1), (0.8, 1)), ((-0.8, 0), (0.6, 0))),
    "F": (((0.8, -1), (-0.8, -1), (-0.8, 1)), ((-0.8, 0), (0.6, 0))),
    "H": (((-0.8, -1), (-0.8, 1)), ((0.8, -1), (0.8, 1)), ((-0.8, 0), (0.8, 0))),
    "L": (((-0.7, -1), (-0.7, 1), (0.8, 1)),),
    "T": (((-0.9, -1), (0.9, -1)), ((0, -1), (0, 1))),
    "X": (((-0.9, -1), (0.9, 1)), ((-0.9, 1), (0.9, -1))),
}


class Glyphs(Sampled, Dataset):
    """Shapes and letters, drawn at changing places, sizes and angles. All have equal ink: brightness tells nothing."""

    title: ClassVar = "glyphs"
    kind: Literal["Glyphs"] = "Glyphs"
    glyphs: tuple[Glyph, ...] = Field(
        default=("triangle", "square"),
        min_length=2,
        max_length=len(GLYPHS),
        description="Which drawings, each a class.",
    )
    shift: float = Field(
        default=2.0, ge=0, le=4, description="How many pixels a drawing is moved at most."
    )
    noise: float = Field(
        default=0.1, ge=0, le=1, description="Standard deviation of the error in each pixel."
    )

    def inputs(self) -> dict[str, TensorSpec]:
        """Ink in rows and columns."""
        return {"x": features(SIZE, SIZE, axes="HW")}

    def target(self) -> Target:
        """Which drawing it is."""
        return ClassTarget(names=self.glyphs)

    def draw(self, seed: int) -> Examples:
        """Draw the glyphs in turn."""
        chance = self.chance(seed, uniform=4, normal=SIZE * SIZE)
        labels = in_turn(self.samples, len(self.glyphs))
        pixels = self.noise * chance.normal.reshape(-1, SIZE, SIZE)
        for label, glyph in enumerate(self.glyphs):
            of_class = np.flatnonzero(labels == label)
            pixels[of_class] += self._ink(GLYPHS[glyph], chance, of_class)
        return split(np.arange(self.samples), {"x": pixels, "y": labels}, chance.held_out)

    def _ink(self, paths: tuple[Path, ...], chance: Chance, rows: NDArray[np.int64]) -> Numbers:
        """Draw one glyph for each of some rows: drawings × H × W."""
        across, down, grown, turned = 2 * chance.uniform[rows].T - 1
        size, angle = RADIUS * (1 + 0.15 * grown), 0.15 * turned
        columns = np.stack([size * np.cos(angle), size * np.sin(angle)], axis=1)
        turn = np.stack([columns, columns[:, ::-1] * (-1, 1)], axis=1)
        middle = (SIZE - 1) / 2 + self.shift * np.stack([across, down], axis=1)
        nearest = np.full((len(rows), SIZE, SIZE), np.inf)
        for path in paths:
            corners = np.array(path) @ turn + middle[:, None]
            for start, end in zip(corners.swapaxes(0, 1), corners.swapaxes(0, 1)[1:], strict=False):
                nearest = np.minimum(nearest, _distance(start, end))
        ink = np.clip(1.5 - nearest, 0, 1)
        shares: Numbers = INK * ink / ink.sum(axis=(1, 2), keepdims=True)
        return shares

    @model_validator(mode="after")
    def _glyphs_differ(self) -> Self:
        for glyph in self.glyphs:
            if self.glyphs.count(glyph) > 1:
                raise ValueError(
                    f"{glyph} is chosen {self.glyphs.count(glyph)} times; each class needs its own drawing."
                )
        return self


def _distance(start: Numbers, end: Numbers) -> Numbers:
    """Measure how far each pixel is from the stroke between two points (drawings × 2): drawings × H × W."""
    y, x = np.mgrid[:SIZE, :SIZE].astype(np.float64)
    (x0, y0), (dx, dy) = start.T[:, :, None, None], (end - start).T[:, :, None, None]
    along = np.clip(((x - x0) * dx + (y - y0) * dy) / (dx**2 + dy**2), 0, 1)
    distance: Numbers = np.hypot(x - x0 - along * dx, y - y0 - along * dy)
    return distance
