"""Handwritten digits: scikit-learn's own 1,797, each turned, moved and scaled a little."""

from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from neurarium.dataset import Examples, Numbers, generator
from neurarium.drawing import INSIDE, SIZE, Paper

RAW = 8
COUNT = 1797


class Digits(Paper):
    """Digits written by 43 people, grown from 8 × 8 pixels to 28 × 28 in a frame of 32 × 32.

    Those to learn from appear several times, each time turned, moved and scaled differently; those held out appear
    once, as they were written.
    """

    title: ClassVar = "digits"
    kind: Literal["Digits"] = "Digits"
    jitter: float = Field(
        default=1.0,
        ge=0,
        le=2,
        description="How much digits are turned (by 0.2), scaled (by 12 %) and moved (by 8 % of their size).",
    )
    copies: int = Field(
        default=2, ge=1, le=4, description="How often each digit to learn from appears."
    )
    validation: float = Field(
        default=0.2,
        ge=0.05,
        le=0.9,
        description="Share of the digits that is held out to measure with.",
    )

    def sizes(self) -> tuple[int, int]:
        """Copies of those to learn from, and those held out."""
        held_out = round(self.validation * COUNT)
        return self.copies * (COUNT - held_out), held_out

    def draw(self, seed: int) -> Examples:
        """Hold out some digits; copy and jitter the others. Drawings come last."""
        return self.with_drawings(*_written(seed, self.validation, self.copies, self.jitter))


@lru_cache(maxsize=4)
def _written(
    seed: int, validation: float, copies: int, jitter: float
) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.bool_]]:
    """Pixels, labels and what is held out; kept, as a drawing changes nothing of it and people wait for its answer."""
    images, labels = raw_digits()
    order = generator(seed, "held out").permutation(COUNT)
    held = order[: round(validation * COUNT)]
    kept = np.repeat(np.sort(order[len(held) :]), copies)
    rows = np.concatenate([kept, np.sort(held)])
    chance = 2 * generator(seed, "jitter").random((len(rows), 4)) - 1
    chance[len(kept) :] = 0
    pixels = grown(images[rows], jitter * chance)[:, None]
    return pixels, labels[rows], np.arange(len(rows)) >= len(kept)


@cache
def raw_digits() -> tuple[Numbers, NDArray[np.int64]]:
    """Read the digits that come with scikit-learn: images of 8 × 8 from 0 to 1, and labels.

    From its file, as all of scikit-learn takes two seconds to import, and somebody waits for their first network.
    """
    package = find_spec("sklearn")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("No scikit-learn is installed, which brings the digits.")
    file = Path(package.origin).parent / "datasets" / "data" / "digits.csv.gz"
    rows = np.loadtxt(file, delimiter=",")
    return rows[:, :-1].reshape(-1, RAW, RAW) / 16, rows[:, -1].astype(np.int64)


def grown(images: Numbers, jitter: Numbers) -> NDArray[np.float32]:
    """Draw small images large, bilinearly; `jitter` (images × 4, from -1 to 1) turns, scales and moves each."""
    turn, scale, right, down = jitter.T[:, :, None, None]
    y, x = np.mgrid[:SIZE, :SIZE] - (SIZE - 1) / 2
    angle, size = 0.2 * turn, INSIDE / RAW * (1 + 0.12 * scale)
    x, y = x - 0.08 * INSIDE * right, y - 0.08 * INSIDE * down
    columns = (np.cos(angle) * x + np.sin(angle) * y) / size + (RAW - 1) / 2
    rows = (np.cos(angle) * y - np.sin(angle) * x) / size + (RAW - 1) / 2
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1)))  # outside of a digit is paper
    rows, columns = (np.clip(place + 1, 0, RAW + 1 - 1e-9) for place in (rows, columns))
    top, left = rows.astype(int), columns.astype(int)
    low, far = rows - top, columns - left
    which = np.arange(len(images))[:, None, None]
    result = (
        padded[which, top, left] * (1 - low) * (1 - far)
        + padded[which, top, left + 1] * (1 - low) * far
        + padded[which, top + 1, left] * low * (1 - far)
        + padded[which, top + 1, left + 1] * low * far
    )
    ink: NDArray[np.float32] = result.astype(np.float32)
    return ink
