"""The contract of every ablation: one thing of a job done otherwise, so that what it is good for can be measured.

Whoever wants to know trains both jobs from the same seed for the same number of steps, and asks both the same.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import ClassVar, Self

from pydantic import BaseModel, ConfigDict

from neurarium.training.job import Job
from neurarium_models.graph import Block, Graph, Node

Change = Callable[[str, Node], Node]
"""What becomes of a node, by its path (in a repeated block, that of the first repetition)."""


class Ablation(BaseModel, ABC):
    """One thing that is done otherwise. Fields say how; the docstring is the help text.

    A subclass is final and has `kind: Literal["Name"] = "Name"`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    title: ClassVar[str]
    """What is done otherwise: `causal mask`."""

    kind: str

    @property
    @abstractmethod
    def done(self) -> str:
        """What is done, in a few words: `no causal mask`."""

    @classmethod
    @abstractmethod
    def offered(cls, job: Job) -> list[Self]:
        """List what of this kind can be done to a job; nothing, where it has no such thing."""

    @abstractmethod
    def apply(self, job: Job) -> Job:
        """Do it: the same job but for this."""


def with_graph(job: Job, graph: Graph) -> Job:
    """Give a job another network."""
    return job.model_copy(update={"graph": graph})


def nodes(graph: Graph) -> Iterator[tuple[str, Node]]:
    """List all nodes with their paths, those in blocks too."""
    yield from _nodes("", graph.nodes)


def _nodes(prefix: str, parts: list[Node | Block]) -> Iterator[tuple[str, Node]]:
    for part in parts:
        if isinstance(part, Node):
            yield prefix + part.id, part
        else:
            yield from _nodes(_inside(prefix, part), part.block.nodes)


def changed(graph: Graph, change: Change) -> Graph:
    """Change nodes wherever they are."""
    return graph.model_copy(update={"nodes": _changed("", graph.nodes, change)})


def _changed(prefix: str, parts: list[Node | Block], change: Change) -> list[Node | Block]:
    return [
        change(prefix + part.id, part)
        if isinstance(part, Node)
        else part.model_copy(
            update={
                "block": part.block.model_copy(
                    update={"nodes": _changed(_inside(prefix, part), part.block.nodes, change)}
                )
            }
        )
        for part in parts
    ]


def _inside(prefix: str, block: Block) -> str:
    number = "" if block.repeat is None else "0."
    return f"{prefix}{block.id}.{number}"
