"""Other ways to tell where a word stands, or none."""

from typing import ClassVar, Literal, Self

from pydantic import Field

from neurarium.training.ablation import Ablation, changed, nodes, with_graph
from neurarium.training.job import Job
from neurarium_models.graph import Node
from neurarium_models.inspect import inspect
from neurarium_models.layer import Layer
from neurarium_models.layers.activation import Identity
from neurarium_models.layers.attention import MultiheadAttention
from neurarium_models.layers.embedding import PositionalEmbedding, SinusoidalPositions

Way = Literal["none", "sinusoidal", "learned", "rotary"]
WAYS: tuple[Way, ...] = ("none", "sinusoidal", "learned", "rotary")
TITLES: dict[Way, str] = {
    "none": "no positions",
    "sinusoidal": "sinusoidal positions",
    "learned": "learned positions",
    "rotary": "rotary positions",
}


class Positions(Ablation):
    """Words are told where they stand in another way: fixed sines, learned vectors, turned queries and keys; or not.

    Attention by itself cannot tell `dog bites man` from `man bites dog`. Rotary positions (Su et al. 2021) are for
    places that look at places of their own sequence.
    """

    title: ClassVar = "positions"
    kind: Literal["Positions"] = "Positions"
    to: Way = Field(description="How words are told where they stand instead.")

    @property
    def done(self) -> str:
        """Say what is done."""
        return TITLES[self.to]

    @classmethod
    def offered(cls, job: Job) -> list[Self]:
        """All ways but the present one; vectors are added only where some are added now."""
        layers = [node.layer for _, node in nodes(job.graph)]
        now: set[Way] = set()
        now |= {"sinusoidal"} if any(isinstance(e, SinusoidalPositions) for e in layers) else set()
        now |= {"learned"} if any(isinstance(e, PositionalEmbedding) for e in layers) else set()
        adds = bool(now)
        now |= {"rotary"} if any(_is_rotary(layer) for layer in layers) else set()
        if not now:
            return []
        turns = any(_looks_at_itself(node) for _, node in nodes(job.graph))
        can = {"none": True, "sinusoidal": adds, "learned": adds, "rotary": turns}
        return [cls(to=way) for way in WAYS if can[way] and {way} != now]

    def apply(self, job: Job) -> Job:
        """Put the other way in the place of all that are there."""
        shapes = {each.path: each.outputs for each in inspect(job.graph).nodes}

        def change(path: str, node: Node) -> Node:
            if isinstance(node.layer, (SinusoidalPositions, PositionalEmbedding)):
                spec = next(iter(shapes[path].values()))
                return node.model_copy(update={"layer": self._adding(spec.shape[0] if spec else 1)})
            if _is_rotary(node.layer) or (self.to == "rotary" and _looks_at_itself(node)):
                turned = node.layer.model_copy(update={"rotary": self.to == "rotary"})
                return node.model_copy(update={"layer": turned})
            return node

        return with_graph(job, changed(job.graph, change))

    def _adding(self, places: int) -> Layer:
        """Make the layer that adds something to each of so many places, or nothing."""
        if self.to == "sinusoidal":
            return SinusoidalPositions()
        return PositionalEmbedding(num_embeddings=places) if self.to == "learned" else Identity()


def _is_rotary(layer: Layer) -> bool:
    return isinstance(layer, MultiheadAttention) and layer.rotary


def _looks_at_itself(node: Node) -> bool:
    if not isinstance(node.layer, MultiheadAttention):
        return False
    given = node.inputs
    query, key = (given["query"], given["key"]) if isinstance(given, dict) else given[:2]
    return query == key
