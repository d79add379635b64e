"""Handwritten digits: scikit-learn's own 1,797, each turned, moved and scaled a little."""

import base64
import binascii
from functools import cache, lru_cache
from typing import ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

from neurarium.dataset import ClassTarget, Dataset, Examples, Numbers, Target, generator, split
from neurarium_models.tensor import TensorSpec, features

SIZE = 32
INSIDE = 28
"""Pixels that a digit of 8 × 8 grows to; the rest is a frame of paper."""
RAW = 8
COUNT = 1797
FIRST_DRAWING = 100_000
"""Drawings of a person have the ids from here on."""


class Drawing(BaseModel):
    """One digit that a person drew: ink from 0 to 255 in 28 × 28 pixels, row by row, as base64."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    label: int = Field(ge=0, le=9, description="Which digit it is meant to be.")
    pixels: str = Field(max_length=1100, description="784 bytes, base64.")

    def ink(self) -> NDArray[np.float32]:
        """Put it into its frame, from 0 to 1."""
        bytes_ = np.frombuffer(base64.b64decode(self.pixels), dtype=np.uint8)
        frame = (SIZE - INSIDE) // 2
        image = bytes_.reshape(INSIDE, INSIDE).astype(np.float32) / np.float32(255)
        return np.pad(image, frame)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        try:
            size = len(base64.b64decode(self.pixels, validate=True))
        except binascii.Error:
            raise ValueError("The pixels of a drawing are no base64.") from None
        if size != INSIDE * INSIDE:
            raise ValueError(f"A drawing has {INSIDE * INSIDE} pixels, but these are {size}.")
        return self


class Digits(Dataset):
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

    drawings: tuple[Drawing, ...] = Field(
        default=(), max_length=32, description="Digits that a person drew; they are held out."
    )

    def inputs(self) -> dict[str, TensorSpec]:
        """Ink from 0 to 1 in rows and columns, one channel."""
        return {"x": features(1, SIZE, SIZE, axes="CHW")}

    def target(self) -> Target:
        """Which digit it is."""
        return ClassTarget(names=tuple(str(digit) for digit in range(10)))

    def draw(self, seed: int) -> Examples:
        """Hold out some digits; copy and jitter the others. Drawings come last."""
        pixels, labels, held_out = _written(seed, self.validation, self.copies, self.jitter)
        ids = np.concatenate(
            [np.arange(len(pixels)), FIRST_DRAWING + np.arange(len(self.drawings))]
        )
        if self.drawings:
            pixels = np.concatenate([pixels, [[drawing.ink()] for drawing in self.drawings]])
            labels = np.concatenate([labels, [drawing.label for drawing in self.drawings]])
            held_out = np.concatenate([held_out, np.ones(len(self.drawings), dtype=bool)])
        return split(ids, {"x": pixels, "y": labels}, held_out)


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
    """Load the digits that come with scikit-learn: images of 8 × 8 from 0 to 1, and labels."""
    from sklearn.datasets import load_digits

    data = load_digits()
    return data.images / 16, data.target.astype(np.int64)


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
