"""Norms before a sub-layer, or behind its addition."""

from collections.abc import Iterator
from typing import ClassVar, Literal, Self

from pydantic import Field

from neurarium.training.ablation import Ablation, with_graph
from neurarium.training.job import Job
from neurarium_models.graph import Block, Connections, Graph, Node

NORMS = ("LayerNorm", "RMSNorm")
SUMMANDS = 2
"""What a residual addition adds: the stream, and what a sub-layer says to it."""
Place = Literal["pre", "post"]
TITLES: dict[Place, str] = {"pre": "norms before each part", "post": "norms behind each part"}


class NormPlace(Ablation):
    """Norms stand behind each addition (as published in 2017), or before each sub-layer, where the stream stays free.

    Xiong et al. 2020 show why the first needs a warm-up of the learning rate and the second does not. A norm at the end
    of a stack stays where it is.
    """

    title: ClassVar = "place of the norms"
    kind: Literal["NormPlace"] = "NormPlace"
    to: Place = Field(description="Before each sub-layer (pre), or behind each addition (post).")

    @property
    def done(self) -> str:
        """Say what is done."""
        return TITLES[self.to]

    @classmethod
    def offered(cls, job: Job) -> list[Self]:
        """Where norms stand at the other place."""
        ways: tuple[Place, ...] = ("pre", "post")
        return [cls(to=to) for to in ways if _moved(job.graph, to) != job.graph]

    def apply(self, job: Job) -> Job:
        """Move them, with their names and weights."""
        return with_graph(job, _moved(job.graph, self.to))


def _moved(graph: Graph, to: Place) -> Graph:
    scope = _Scope(graph.nodes, graph.outputs, to)
    return graph.model_copy(update={"nodes": scope.parts(), "outputs": scope.outputs})


class _Scope:
    """A graph or the inside of a block, whose connections are being changed."""

    def __init__(self, parts: list[Node | Block], outputs: dict[str, str], to: Place) -> None:
        self._parts = [_within(part, to) for part in parts]
        self.kinds = {part.id: part.layer.kind for part in parts if isinstance(part, Node)}
        self.feeds = {part.id: _named(part.inputs) for part in parts}
        self.outputs = dict(outputs)
        for norm in [id for id, kind in self.kinds.items() if kind in NORMS]:
            if to == "post":
                self._put_behind(norm)
            else:
                self._put_before(norm)

    def parts(self) -> list[Node | Block]:
        """Write down what has become of it."""
        return [
            part.model_copy(update={"inputs": _as_before(part.inputs, self.feeds[part.id])})
            for part in self._parts
        ]

    def _put_behind(self, norm: str) -> None:
        """From `x + f(norm(x))` to `norm(x + f(x))`."""
        (stream,) = self.feeds[norm].values()
        for add, (_, said) in self._additions(stream):
            if norm in self._above(said):
                self._read_instead(norm, stream)
                self._read_instead(add, norm)
                self.feeds[norm] = dict.fromkeys(self.feeds[norm], add)
                return

    def _put_before(self, norm: str) -> None:
        """From `norm(x + f(x))` to `x + f(norm(x))`."""
        (add,) = self.feeds[norm].values()
        readers = [id for id, feed in self.feeds.items() if add in feed.values()]
        if self.kinds.get(add) != "Add" or readers != [norm] or add in self.outputs.values():
            return
        for stream in self.feeds[add].values():
            for each, (_, said) in self._additions(stream):
                inside = {*self._above(said), said}
                if each == add and stream in self._above(said):
                    self._read_instead(norm, add)
                    for id in inside & set(self.feeds):
                        self.feeds[id] = _swapped(self.feeds[id], stream, norm)
                    self.feeds[norm] = dict.fromkeys(self.feeds[norm], stream)
                    return

    def _additions(self, stream: str) -> Iterator[tuple[str, tuple[str, str]]]:
        """List what adds one more thing to a stream: the addition, and what it adds up."""
        for id, feed in self.feeds.items():
            summands = list(feed.values())
            if self.kinds.get(id) == "Add" and len(summands) == SUMMANDS and stream in summands:
                other = summands[1 - summands.index(stream)]
                yield id, (stream, other)

    def _above(self, name: str) -> set[str]:
        """Everything that something is computed from."""
        found: set[str] = set()
        pending = [name]
        while pending:
            for source in self.feeds.get(pending.pop().partition(":")[0], {}).values():
                if source not in found:
                    found.add(source)
                    pending.append(source)
        return found

    def _read_instead(self, old: str, new: str) -> None:
        """Let everybody who reads one thing read another."""
        self.feeds = {id: _swapped(feed, old, new) for id, feed in self.feeds.items()}
        self.outputs = _swapped(self.outputs, old, new)


def _within(part: Node | Block, to: Place) -> Node | Block:
    if isinstance(part, Node):
        return part
    scope = _Scope(part.block.nodes, part.block.outputs, to)
    inside = {"nodes": scope.parts(), "outputs": scope.outputs}
    return part.model_copy(update={"block": part.block.model_copy(update=inside)})


def _swapped(feed: dict[str, str], old: str, new: str) -> dict[str, str]:
    return {port: new if source == old else source for port, source in feed.items()}


def _named(given: Connections) -> dict[str, str]:
    return dict(given) if isinstance(given, dict) else {str(i): e for i, e in enumerate(given)}


def _as_before(given: Connections, feed: dict[str, str]) -> Connections:
    return feed if isinstance(given, dict) else list(feed.values())
