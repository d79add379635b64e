"""Receptive fields in plain integers, held against gradients and against what is published."""

from typing import Any

import pytest
import torch

from neurarium_models.graph import Graph
from neurarium_models.inspect import inspect
from neurarium_models.network import build_network
from neurarium_models.preset import PRESETS

SIDE = 41
Layers = list[tuple[str, dict[str, Any]]]

CHAINS: list[tuple[Layers, int]] = [
    ([("Conv2d", {"out_channels": 2, "kernel_size": 5, "padding": 2})], 5),
    ([("Conv2d", {"out_channels": 2, "kernel_size": 3, "stride": 2}), ("ReLU", {})], 3),
    (
        [
            ("Conv2d", {"out_channels": 2, "kernel_size": 3, "dilation": 2}),
            ("AvgPool2d", {"kernel_size": 2}),
            ("Conv2d", {"out_channels": 2, "kernel_size": 3, "padding": 1}),
        ],
        10,
    ),
    ([("ZeroPad2d", {"padding": 1}), ("AvgPool2d", {"kernel_size": 3, "stride": 1})], 3),
]


def chain(layers: Layers, side: int = SIDE) -> Graph:
    nodes = [
        {"id": f"n{at}", "layer": {"kind": kind, **settings}, "inputs": [f"n{at - 1}"]}
        for at, (kind, settings) in enumerate(layers)
    ]
    nodes[0]["inputs"] = ["x"]
    inputs = {"x": {"axes": ["C", "H", "W"], "shape": [1, side, side]}}
    return Graph.model_validate(
        {"inputs": inputs, "nodes": nodes, "outputs": {"y": nodes[-1]["id"]}}
    )


def moved_by(graph: Graph) -> tuple[int, int]:
    """Rows and columns of the picture that move the number in the middle of the output."""
    network = build_network(graph).double().eval()
    for parameter in network.parameters():
        torch.nn.init.constant_(parameter, 0.1)
    x = torch.ones(1, 1, SIDE, SIDE, dtype=torch.float64, requires_grad=True)
    (y,) = network({"x": x}).values()
    y[0, 0, y.shape[2] // 2, y.shape[3] // 2].backward()
    assert x.grad is not None
    rows, columns = x.grad[0, 0].nonzero(as_tuple=True)
    return int(rows.max() - rows.min() + 1), int(columns.max() - columns.min() + 1)


@pytest.mark.parametrize(("layers", "size"), CHAINS)
def test_a_chain_sees_as_far_as_its_gradient_reaches(layers: Layers, size: int) -> None:
    graph = chain(layers)
    assert inspect(graph).nodes[-1].sees == moved_by(graph) == (size, size)


def test_where_ways_of_several_lengths_come_together_the_longest_counts() -> None:
    document = chain([("Conv2d", {"out_channels": 1, "padding": 1})]).model_dump()
    wide = {"kind": "Conv2d", "out_channels": 1, "kernel_size": 7, "padding": 3}
    document["nodes"] += [
        {"id": "wide", "layer": wide, "inputs": ["n0"]},
        {"id": "sum", "layer": {"kind": "Add"}, "inputs": ["n0", "wide"]},
    ]
    document["outputs"] = {"y": "sum"}
    graph = Graph.model_validate(document)
    assert inspect(graph).nodes[-1].sees == moved_by(graph) == (9, 9)


def test_published_fields() -> None:
    """Araujo, Norris and Sim, “Computing Receptive Fields of Convolutional Neural Networks”, Distill 2019."""
    known = {"alexnet-one-tower-paper": ("pool5", 195), "vgg16-paper": ("pool5", 212)}
    for preset, (layer, size) in known.items():
        nodes = {node.path: node.sees for node in inspect(PRESETS[preset].graph).nodes}
        assert nodes[layer] == (size, size)


def test_nothing_is_said_where_cells_see_windows_of_several_sizes_or_no_image_comes_out() -> None:
    layers: Layers = [("ConvTranspose2d", {"out_channels": 1, "kernel_size": 3, "stride": 2})]
    painted, flat = inspect(chain([*layers, ("Flatten", {})])).nodes
    assert (painted.sees, flat.sees) == (None, None)
