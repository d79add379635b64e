"""Learning rates that fall: far steps first, then near ones."""

import math
from typing import ClassVar, Literal

from pydantic import Field

from neurarium.training.schedule import Schedule, Steps, warm


class StepDrop(Schedule):
    """Keeps the learning rate for a while, then lets it drop, again and again."""

    title: ClassVar = "dropping"
    kind: Literal["StepDrop"] = "StepDrop"
    every: Steps = Field(default=500, description="Steps from one drop to the next.")
    gamma: float = Field(
        default=0.5, gt=0, le=1, description="What the rate is multiplied with at each drop."
    )

    def factor(self, step: int, steps: int) -> float:
        """Multiply by `gamma` once for each drop so far."""
        return math.pow(self.gamma, step // self.every)

    def written(self) -> str:
        """Write the formula."""
        return f"{self.gamma} ** (step // {self.every})"


class Exponential(Schedule):
    """Takes the same share off the learning rate at every step."""

    title: ClassVar = "exponential"
    kind: Literal["Exponential"] = "Exponential"
    gamma: float = Field(
        default=0.999, gt=0, le=1, description="What the rate is multiplied with at each step."
    )

    def factor(self, step: int, steps: int) -> float:
        """Multiply by `gamma` once for each step so far."""
        return math.pow(self.gamma, step)

    def written(self) -> str:
        """Write the formula."""
        return f"{self.gamma} ** step"


class Cosine(Schedule):
    """Lets the learning rate glide to 0 along half a wave, after a warm-up if wanted (Loshchilov and Hutter, 2017)."""

    title: ClassVar = "cosine"
    kind: Literal["Cosine"] = "Cosine"
    warmup: int = Field(
        default=0, ge=0, le=10_000_000, description="Steps until the full rate is reached."
    )

    def factor(self, step: int, steps: int) -> float:
        """Rise in a straight line, then follow the wave; 0 is reached when all steps are taken."""
        if step < self.warmup:
            return warm(step, self.warmup)
        progress = (step - self.warmup) / max(steps - self.warmup, 1)
        return (1 + math.cos(math.pi * min(progress, 1.0))) / 2

    def written(self) -> str:
        """Write the formula."""
        if not self.warmup:
            return "(1 + math.cos(math.pi * min(step / STEPS, 1.0))) / 2"
        progress = f"(step - {self.warmup}) / max(STEPS - {self.warmup}, 1)"
        wave = f"(1 + math.cos(math.pi * min({progress}, 1.0))) / 2"
        return f"(step + 1) / {self.warmup} if step < {self.warmup} else {wave}"
