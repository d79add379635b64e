"""Cosine: the learning rate glides to zero."""

import math
from typing import ClassVar, Literal

from pydantic import Field

from neurarium.training.schedule import Schedule


class Cosine(Schedule):
    """Rises over the warm-up, then falls along half a cosine to zero at the last step (Loshchilov and Hutter, 2017)."""

    title: ClassVar = "cosine"
    kind: Literal["Cosine"] = "Cosine"
    warmup: int = Field(default=0, ge=0, le=1_000_000, description="Steps until the full rate is reached.")

    def factor(self, step: int, steps: int) -> float:
        """A straight line up, then the cosine."""
        if step < self.warmup:
            return (step + 1) / self.warmup
        length = max(steps - self.warmup, 1)
        return 0.5 * (1 + math.cos(math.pi * min((step - self.warmup) / length, 1.0)))
