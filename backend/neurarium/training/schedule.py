"""The contract of every schedule: how the learning rate changes with the step."""

from abc import ABC, abstractmethod
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field

Steps = Annotated[int, Field(ge=1, le=10_000_000)]


class Schedule(BaseModel, ABC):
    """One course of the learning rate. Fields are settings; the docstring is the help text.

    A subclass is final and has `kind: Literal["Name"] = "Name"`. It holds no state: a run may go to any step.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    title: ClassVar[str]
    """What the recipe's sentence calls it: `cosine`."""

    kind: str

    @abstractmethod
    def factor(self, step: int, steps: int) -> float:
        """Say what the job's learning rate is multiplied with at `step` (0 is the first) of `steps` planned ones."""

    @abstractmethod
    def written(self) -> str:
        """Write `factor` as an expression in `step` and STEPS, the planned ones."""


def warm(step: int, warmup: int) -> float:
    """Rise in a straight line to 1, which is reached at the last step of the warm-up."""
    return min((step + 1) / warmup, 1.0) if warmup else 1.0
