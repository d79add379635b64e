"""Random graphs that make sense: layers on layers, joins, images, repeated and nested blocks."""

from functools import cache
from typing import Any

import numpy as np

from neurarium_models.graph import Graph
from neurarium_models.layer import LayerError
from neurarium_models.layers import LAYERS
from neurarium_models.tensor import TensorSpec

Document = dict[str, Any]
STARTS = {
    "vector": TensorSpec(axes=("D",), shape=(6,)),
    "sequence": TensorSpec(axes=("T", "D"), shape=(5, 4)),
    "image": TensorSpec(axes=("C", "H", "W"), shape=(4, 9, 8)),
    "tokens": TensorSpec(axes=("T",), shape=(5,), dtype="int64"),
}
HEAVY = ["Linear", "Conv2d", "MaxPool2d", "AvgPool2d", "MultiheadAttention", "Reshape"]
KINDS = [*(kind for kind in LAYERS if kind != "Not"), *HEAVY * 8]


class Grower:
    """Adds nodes and blocks to a body, keeping track of what may feed the next."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.count = 0

    def name(self, stem: str) -> str:
        """Invent an id."""
        self.count += 1
        return f"{stem}{self.count}"

    def one_in(self, number: int) -> bool:
        """Throw a die."""
        return bool(self.rng.integers(number) == 0)

    def pick(self, items: list[Any]) -> Any:
        """Take any of some things."""
        return items[int(self.rng.integers(len(items)))]

    def settings(self, kind: str) -> dict[str, Any]:
        """Choose settings that change shapes or counts."""

        def draw(low: int, high: int) -> int:
            return int(self.rng.integers(low, high))

        flag = self.one_in(2)
        choices: dict[str, dict[str, Any]] = {
            "Linear": {"out_features": self.pick([4, 6, draw(1, 9)]), "bias": flag},
            "Conv2d": {
                "out_channels": self.pick([4, 2 * draw(1, 5)]),
                "kernel_size": draw(1, 5),
                "stride": draw(1, 3),
                "padding": draw(0, 3),
                "groups": draw(1, 3),
                "bias": flag,
            },
            "MaxPool2d": {"kernel_size": draw(1, 4), "stride": self.pick([None, 1, 2])},
            "AvgPool2d": {"kernel_size": draw(2, 4), "padding": 1},
            "LayerNorm": {"elementwise_affine": flag},
            "BatchNorm1d": {"affine": flag},
            "MultiheadAttention": {"num_heads": draw(1, 3), "causal": flag, "bias": self.one_in(2)},
            "Concat": {"axis": -draw(1, 4)},
            "Softmax": {"axis": -draw(1, 4)},
            "Select": {"axis": -draw(1, 4), "index": draw(-2, 2)},
            "Mean": {"axis": -draw(1, 4)},
            "Embedding": {"num_embeddings": draw(4, 9), "embedding_dim": draw(1, 9)},
            "Unsqueeze": {"dim": -draw(1, 3)},
            "Reshape": {"shape": self.pick([(2, 3), (4, 5), (4, 6, 12), (1, 6)])},
        }
        return choices.get(kind, {})

    def node(self, known: dict[str, TensorSpec]) -> Document | None:
        """Try one layer on what is there; None where it does not fit."""
        kind = self.pick(KINDS)
        settings = self.settings(kind)
        if kind == "Reshape":
            settings["axes"] = ("C", "H", "W")[: len(settings["shape"])]
        layer = LAYERS[kind](**settings)
        count = int(self.rng.integers(1, 4)) if layer.variadic else len(layer.ports)
        sources = [self.pick(list(known)) for _ in range(count)]
        if self.one_in(2):
            sources[0] = list(known)[-1]
        absent = [None] * len(layer.optional_ports)
        try:
            outputs = layer.outputs(*(known[source] for source in sources), *absent)
        except LayerError:
            return None
        id = self.name("n")
        known[id] = outputs["output"]
        by_name = dict(zip(layer.ports, sources, strict=True)) if not layer.variadic else sources
        return {"id": id, "layer": layer.model_dump(), "inputs": self.pick([by_name, sources])}

    def block(self, known: dict[str, TensorSpec], depth: int) -> Document:
        """Grow a block, repeated where one of its outputs fits its input."""
        sources = {
            self.name("in"): self.pick(list(known)) for _ in range(int(self.rng.integers(1, 3)))
        }
        inside = {name: known[source] for name, source in sources.items()}
        given = dict(inside)
        nodes = self.body(inside, int(self.rng.integers(1, 5)), depth + 1)
        outputs, repeat = {"out": list(inside)[-1]}, None
        id = self.name("b")
        for name, spec in given.items():
            alike = [other for other, its in inside.items() if its == spec]
            if not self.one_in(3):
                outputs = {name: alike[-1]}
                repeat = self.pick([None, 1, 2, 3])
                break
        port = next(iter(outputs))
        known[id] = inside[outputs[port]]
        body = {"inputs": list(sources), "nodes": nodes, "outputs": outputs}
        return {"id": id, "block": body, "inputs": sources, "repeat": repeat}

    def body(self, known: dict[str, TensorSpec], size: int, depth: int) -> list[Document]:
        """Grow some nodes and blocks, in any order on paper."""
        nodes: list[Document] = []
        for _ in range(6 * size):
            if len(nodes) == size:
                break
            if depth < 3 and self.one_in(6):
                nodes.append(self.block(known, depth))
            elif grown := self.node(known):
                nodes.append(grown)
        self.rng.shuffle(nodes)
        return nodes


def random_document(seed: int) -> Document:
    """Grow one graph; the same seed gives the same."""
    rng = np.random.default_rng(seed)
    grower = Grower(rng)
    starts = {name: spec for name, spec in STARTS.items() if rng.integers(2)} or dict(STARTS)
    known = dict(starts)
    nodes = grower.body(known, int(rng.integers(2, 14)), 0)
    ids = [name for name in known if name not in starts] or list(starts)
    outputs = {f"y{i}": name for i, name in enumerate(ids[-2:])}
    inputs = {name: spec.model_dump() for name, spec in starts.items()}
    return {"inputs": inputs, "nodes": nodes, "outputs": outputs}


@cache
def random_graph(seed: int) -> Graph:
    """Grow one graph and read it; many tests ask for the same ones."""
    return Graph.model_validate(random_document(seed))
