"""The truth table of a logic gate: all there is to learn are four rows."""

from collections.abc import Mapping
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from neurarium.dataset import ClassTarget, Target, generator
from neurarium.plane import PlaneDataset, Points

Gate = Literal["and", "or", "xor", "nand", "nor", "xnor"]
ROWS = np.array([(-1.0, -1.0), (-1.0, 1.0), (1.0, -1.0), (1.0, 1.0)])
"""False is -1, true +1."""
ANSWERS: Mapping[Gate, tuple[int, ...]] = {
    "and": (0, 0, 0, 1),
    "or": (0, 1, 1, 1),
    "xor": (0, 1, 1, 0),
    "nand": (1, 1, 1, 0),
    "nor": (1, 0, 0, 0),
    "xnor": (1, 0, 0, 1),
}


class Logic(PlaneDataset):
    """The four rows of a truth table, false as -1 and true as +1. To measure with, there are four inexact copies."""

    title: ClassVar = "truth table"
    kind: Literal["Logic"] = "Logic"
    gate: Gate = Field(default="and", description="Which table.")
    noise: float = Field(
        default=0.05,
        ge=0.01,
        le=1,
        description="How far the copies are pushed at random: the standard deviation.",
    )

    def target(self) -> Target:
        """What the gate answers."""
        return ClassTarget(names=("false", "true"))

    def sizes(self) -> tuple[int, int]:
        """The rows, and their copies."""
        return len(ROWS), len(ROWS)

    def points(self, seed: int) -> Points:
        """Take each row as it is, then as a copy."""
        push = self.noise * generator(seed, "noise").standard_normal(ROWS.shape)
        answers = np.array(ANSWERS[self.gate], dtype=np.int64)
        held_out = np.repeat([False, True], len(ROWS))
        return Points(np.concatenate([ROWS, ROWS + push]), np.tile(answers, 2), held_out)
