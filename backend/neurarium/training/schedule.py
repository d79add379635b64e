"""The contract of every schedule: how the learning rate changes with the step."""

from abc import ABC, abstractmethod
from typing import ClassVar

from pydantic import BaseModel, ConfigDict


class Schedule(BaseModel, ABC):
    """One course of the learning rate. The docstring is the help text."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    title: ClassVar[str]

    @abstractmethod
    def factor(self, step: int, steps: int) -> float:
        """Say what the job's learning rate is multiplied with at `step` (0 is the first) of `steps` planned ones."""
