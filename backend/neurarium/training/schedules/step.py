"""Drops: the learning rate falls at regular distances."""

from typing import ClassVar, Literal

from pydantic import Field

from neurarium.training.schedule import Schedule


class StepDrop(Schedule):
    """Every so many steps, the learning rate is multiplied by a factor, as torch's StepLR does."""

    title: ClassVar = "dropping"
    kind: Literal["StepDrop"] = "StepDrop"
    every: int = Field(default=500, ge=1, le=10_000_000, description="Steps between two drops.")
    gamma: float = Field(default=0.5, gt=0, le=1, description="What the rate is multiplied with.")

    def factor(self, step: int, steps: int) -> float:
        """One power of `gamma` for each drop so far."""
        return float(self.gamma ** (step // self.every))
