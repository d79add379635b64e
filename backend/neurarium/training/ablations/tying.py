"""Parameters that are no longer one tensor."""

from typing import ClassVar, Literal, Self

from neurarium.training.ablation import Ablation, with_graph
from neurarium.training.job import Job


class TiedParameters(Ablation):
    """Embeddings and the output layer get tables of their own, each learned from its own use only.

    Press and Wolf 2017 found that one table for several learns better from fewer numbers.
    """

    title: ClassVar = "tied parameters"
    kind: Literal["TiedParameters"] = "TiedParameters"

    @property
    def done(self) -> str:
        """Say what is done."""
        return "nothing tied"

    @classmethod
    def offered(cls, job: Job) -> list[Self]:
        """Where something is tied."""
        return [cls()] if job.graph.tied else []

    def apply(self, job: Job) -> Job:
        """Untie all."""
        return with_graph(job, job.graph.model_copy(update={"tied": []}))
