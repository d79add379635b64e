"""Digits on paper: the frame that all of them share, and those that a person draws among them."""

import base64
import binascii
from typing import Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

from neurarium.dataset import ClassTarget, Dataset, Examples, Target, split
from neurarium_models.tensor import TensorSpec, features

SIZE = 32
INSIDE = 28
"""Pixels that a digit may fill; the rest is a frame of paper."""
CLASSES = 10
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


class Paper(Dataset):
    """What datasets of digits have in common: images of 1 × 32 × 32, ten classes, and a person who may add some."""

    drawings: tuple[Drawing, ...] = Field(
        default=(), max_length=32, description="Digits that a person drew; they are held out."
    )

    def inputs(self) -> dict[str, TensorSpec]:
        """Ink from 0 to 1 in rows and columns, one channel."""
        return {"x": features(1, SIZE, SIZE, axes="CHW")}

    def target(self) -> Target:
        """Which digit it is."""
        return ClassTarget(names=tuple(str(digit) for digit in range(CLASSES)))

    def without_guests(self) -> Self:
        """Leave the drawings out."""
        return self.model_copy(update={"drawings": ()})

    def with_drawings(
        self,
        pixels: NDArray[np.float32],
        labels: NDArray[np.int64],
        held_out: NDArray[np.bool_],
    ) -> Examples:
        """Put the drawings after all others, held out."""
        ids = np.arange(len(pixels), dtype=np.int64)
        if self.drawings:
            ids = np.concatenate([ids, FIRST_DRAWING + np.arange(len(self.drawings))])
            pixels = np.concatenate([pixels, [[drawing.ink()] for drawing in self.drawings]])
            labels = np.concatenate([labels, [drawing.label for drawing in self.drawings]])
            held_out = np.concatenate([held_out, np.ones(len(self.drawings), dtype=bool)])
        return split(ids, {"x": pixels, "y": labels}, held_out)
