"""A network's tables and outputs follow the words of the data; the web process asks too.

A vector belongs to a word, not to its number: a network that goes on with other words keeps those that it knows.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from neurarium.dataset import Dataset, InputTarget
from neurarium_models.graph import Block, Graph, Node
from neurarium_models.layers.embedding import Embedding
from neurarium_models.layers.linear import Linear

SAID = "target"
"""The input whose words the outputs choose from."""


@dataclass(frozen=True)
class Rows:
    """For each word of the new vocabulary, which one of the old it was; None where it is new."""

    sources: tuple[int | None, ...]
    before: int
    """How many words there were."""

    @classmethod
    def of(cls, old: tuple[str, ...], new: tuple[str, ...]) -> "Rows":
        """Find each word of the new vocabulary in the old one."""
        numbers = {word: number for number, word in enumerate(old)}
        return cls(tuple(numbers.get(word) for word in new), len(old))

    @property
    def kept(self) -> int:
        """Count the words that stay."""
        return sum(source is not None for source in self.sources)


def rows_of(old: Dataset, new: Dataset) -> dict[str, Rows]:
    """Return for each input whose words become others where these come from; empty where all stay."""
    before, after = old.vocabularies(), new.vocabularies()
    return {
        name: Rows.of(before[name].words, after[name].words)
        for name in before.keys() & after.keys()
        if before[name].words != after[name].words
    }


def tables(graph: Graph, dataset: Dataset) -> Iterator[tuple[str, str]]:
    """Name each layer that has something for every word, and the input whose words these are."""
    said = {
        reference
        for reference in graph.outputs.values()
        if isinstance(dataset.target(), InputTarget)
    }
    for node in graph.nodes:
        if isinstance(node, Block):
            continue
        source = next(
            iter(node.inputs.values() if isinstance(node.inputs, dict) else node.inputs), ""
        )
        if isinstance(node.layer, Embedding) and source in graph.inputs:
            yield node.id, source
        elif isinstance(node.layer, Linear) and node.id in said:
            yield node.id, SAID


def fit_words(graph: Graph, old: Dataset, new: Dataset) -> Graph:
    """Give every word its vector and its output; what was made for more words than there were stays so."""
    before, after = old.vocabularies(), new.vocabularies()
    layers = dict(tables(graph, new))

    def fitted(node: Node | Block) -> Node | Block:
        name = layers.get(node.id)
        if isinstance(node, Block) or name not in before or name not in after:
            return node
        size = "num_embeddings" if isinstance(node.layer, Embedding) else "out_features"
        had, needed = getattr(node.layer, size), len(after[name].words)
        if had != len(before[name].words) and had >= needed:
            return node
        return node.model_copy(update={"layer": node.layer.model_copy(update={size: needed})})

    nodes = [fitted(node) for node in graph.nodes]
    return graph if nodes == graph.nodes else graph.model_copy(update={"nodes": nodes})
