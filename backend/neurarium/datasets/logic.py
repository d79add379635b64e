"""The truth table of a logic gate: all there is to learn are four examples."""

from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from neurarium.dataset import Target

from neurarium.dataset import ClassTarget
from neurarium.plane import PlaneDataset, Positions

CORNERS = np.array([(-1.0, -1.0), (-1.0, 1.0), (1.0, -1.0), (1.0, 1.0)])
GATES = {"and": (0, 0, 0, 1), "or": (0, 1, 1, 1), "xor": (0, 1, 1, 0), "nand": (1, 1, 1, 0)}


class Logic(PlaneDataset):
    """The four rows of a truth table, false as -1 and true as +1. Held out are four pushed copies of them."""

    title: ClassVar = "truth table"
    exact: ClassVar = 4
    kind: Literal["Logic"] = "Logic"
    gate: Literal["and", "or", "xor", "nand"] = Field(default="and", description="Which table.")
    samples: Literal[8] = Field(default=8, description="Four rows, and four pushed copies to measure with.")
    noise: float = Field(default=0.1, ge=0, le=0.9, description="How far the held-out copies are pushed at random.")
    validation: Literal[0.5] = Field(default=0.5, description="Half of the examples are the copies.")

    def target(self) -> Target:
        """False is class -1, true +1."""
        return ClassTarget(names=("false", "true"))

    def sample(self, rng: np.random.Generator) -> tuple[Positions, NDArray[Any]]:
        """The four rows twice."""
        return np.tile(CORNERS, (2, 1)), np.tile(np.array(GATES[self.gate], dtype=np.int64), 2)
