"""Outputs that are not shifted right."""

from typing import ClassVar, Literal, Self

from neurarium.saying import Telling
from neurarium.training.ablation import Ablation
from neurarium.training.job import Job


class ShiftedOutputs(Ablation):
    """Each place is to say the word that it reads, instead of the next one: copying is all that is learned.

    Vaswani et al. 2017, section 3.1: outputs are offset by one position.
    """

    title: ClassVar = "shifted outputs"
    kind: Literal["ShiftedOutputs"] = "ShiftedOutputs"

    @property
    def done(self) -> str:
        """Say what is done."""
        return "outputs not shifted"

    @classmethod
    def offered(cls, job: Job) -> list[Self]:
        """Where they are shifted."""
        return [cls()] if isinstance(job.task, Telling) and job.task.shift else []

    def apply(self, job: Job) -> Job:
        """Shift nothing."""
        return job.model_copy(update={"task": job.task.model_copy(update={"shift": False})})
