"""Without the mask that hides what comes later."""

from typing import ClassVar, Literal, Self

from neurarium.training.ablation import Ablation, changed, nodes, with_graph
from neurarium.training.job import Job
from neurarium_models.graph import Node
from neurarium_models.layers.attention import MultiheadAttention


class CausalMask(Ablation):
    """Every place may look at the words that it is to say.

    With the right words told everything is easy then, and nothing is learned that helps when it speaks by itself.
    Vaswani et al. 2017, section 3.2.3.
    """

    title: ClassVar = "causal mask"
    kind: Literal["CausalMask"] = "CausalMask"

    @property
    def done(self) -> str:
        """Say what is done."""
        return "no causal mask"

    @classmethod
    def offered(cls, job: Job) -> list[Self]:
        """Where there is a mask."""
        return [cls()] if any(_is_masked(node) for _, node in nodes(job.graph)) else []

    def apply(self, job: Job) -> Job:
        """Take it out of all layers."""
        return with_graph(job, changed(job.graph, lambda _, node: _open(node)))


def _is_masked(node: Node) -> bool:
    return isinstance(node.layer, MultiheadAttention) and node.layer.causal


def _open(node: Node) -> Node:
    if not _is_masked(node):
        return node
    return node.model_copy(update={"layer": node.layer.model_copy(update={"causal": False})})
