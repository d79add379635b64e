"""Two classes in opposite quarters of the plane."""

from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from neurarium.dataset import Target

from neurarium.plane import PlaneDataset, Positions, two_classes


class Xor(PlaneDataset):
    """Class +1 where x1 and x2 have the same sign. No straight line separates the classes."""

    title: ClassVar = "xor"
    kind: Literal["Xor"] = "Xor"
    gap: float = Field(default=0.2, ge=0, le=1, description="Half the width of the empty cross between the quarters.")

    def target(self) -> Target:
        """Equal signs are class +1."""
        return two_classes()

    def sample(self, rng: np.random.Generator) -> tuple[Positions, NDArray[Any]]:
        """Four quarters in turn."""
        quarter = np.arange(self.samples) % 4
        signs = np.stack([np.where(quarter < 2, 1, -1), np.where(quarter % 2 == 0, 1, -1)], axis=1)  # noqa: PLR2004
        positions = signs * (self.gap + (2.6 - self.gap) * rng.random((self.samples, 2)))
        return positions, (signs[:, 0] == signs[:, 1]).astype(np.int64)
