"""Networks to be edited, and how their answers are compared."""

from typing import Any

import torch

from neurarium.training.surgery import Transfer, transfer
from neurarium_models.graph import Graph
from neurarium_models.network import Network, build_network
from tests.backend.training.jobs import activation, graph, linear

Document = dict[str, Any]


def node(name: str, kind: str, *sources: str, **settings: Any) -> Document:
    return {"id": name, "layer": {"kind": kind, **settings}, "inputs": list(sources)}


def images(*nodes: Document) -> Document:
    return {
        "inputs": {"x": {"axes": ["C", "H", "W"], "shape": [2, 6, 6]}},
        "nodes": list(nodes),
        "outputs": {"y": nodes[-1]["id"]},
    }


def learned(document: Document, seed: int = 5) -> Network:
    """A network in float64 as if it had been trained: no number in it is that of its beginning."""
    network = build_network(Graph.model_validate(document), seed).double().eval()
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, value in (*network.named_parameters(), *network.named_buffers()):
            if value.dtype == torch.float64:
                value.add_(torch.rand(value.shape, generator=generator, dtype=value.dtype) / 2)
            if "var" in name:
                value.abs_()
    return network


def operated(
    old: Network, document: Document, memory: dict[str, Any] | None = None
) -> tuple[Network, Transfer]:
    new = build_network(Graph.model_validate(document), 99).double().eval()
    return new, transfer(old, new, memory or {}, seed=7)


def difference(one: Network, other: Network) -> float:
    """The greatest difference of two networks' answers to the same random inputs, relative to the greatest answer."""
    generator = torch.Generator().manual_seed(0)
    given = {
        name: torch.randn(16, *spec.shape, generator=generator, dtype=torch.float64)
        for name, spec in one.graph.inputs.items()
    }
    with torch.no_grad():
        before, after = one(given)["y"], other(given)["y"]
    return float((before - after).abs().max() / before.abs().max())


def deep(width: int, other: int = 4, kind: str = "Tanh") -> Document:
    return graph(
        linear("one", width, "x"),
        node("norm", "BatchNorm1d", "one"),
        activation("bend", kind, "norm"),
        node("drop", "Dropout", "bend", p=0.2),
        linear("two", other, "drop"),
        activation("bend2", "GELU", "two"),
        linear("output", 3, "bend2"),
    )


def residual(width: int) -> Document:
    return graph(
        linear("enter", width, "x"),
        node("bend", "ReLU", "enter"),
        linear("inner", width, "bend"),
        node("add", "Add", "inner", "bend"),
        node("norm", "LayerNorm", "add"),
        linear("output", 2, "norm"),
    )


def beside(width: int, other: int) -> Document:
    return graph(
        linear("one", width, "x"),
        linear("two", other, "x"),
        node("both", "Concat", "one", "two", "one"),
        linear("output", 2, "both"),
    )


def convolved(channels: int, other: int, units: int = 5) -> Document:
    return images(
        node("one", "Conv2d", "x", out_channels=channels, padding=1),
        node("norm", "BatchNorm2d", "one"),
        node("bend", "ReLU", "norm"),
        node("pool", "MaxPool2d", "bend", kernel_size=2),
        node("two", "Conv2d", "pool", out_channels=other, kernel_size=2),
        node("bend2", "SiLU", "two"),
        node("flat", "Flatten", "bend2"),
        linear("dense", units, "flat"),
        linear("output", 3, "dense"),
    )


def pooled(channels: int) -> Document:
    return images(
        node("one", "Conv2d", "x", out_channels=channels),
        node("deep", "Conv2d", "one", out_channels=channels, groups=channels),
        node("pool", "AdaptiveAvgPool2d", "deep", output_size=1),
        node("flat", "Flatten", "pool"),
        linear("output", 3, "flat"),
    )


def enlarged(channels: int, other: int) -> Document:
    return images(
        node("up", "ConvTranspose2d", "x", out_channels=channels),
        node("again", "ConvTranspose2d", "up", out_channels=other),
        node("rows", "Mean", "again", axis="H"),
        node("flat", "Flatten", "rows"),
        linear("output", 3, "flat"),
    )


def inserted(after: str, new: list[Document], base: Document) -> Document:
    """Put nodes behind one of them; whoever read it reads the last of them."""
    last = new[-1]["id"]
    nodes: list[Document] = []
    for each in base["nodes"]:
        sources = [last if source == after else source for source in each["inputs"]]
        nodes.append(each | {"inputs": sources})
    place = next((at for at, each in enumerate(nodes) if each["id"] == after), -1)
    return base | {"nodes": [*nodes[: place + 1], *new, *nodes[place + 1 :]]}
