"""Parameters that are one tensor: counted once, trained as one, refused where they differ."""

from typing import Any

import torch

from neurarium_models.graph import Graph
from neurarium_models.inspect import inspect
from neurarium_models.network import build_network
from tests.models.samples import block, graph, node


def autoencoder(*tied: list[str]) -> Graph:
    inner = [node("linear", "Linear", "x", out_features=3), node("tanh", "Tanh", "linear")]
    nodes = [
        node("first", "Linear", "x", out_features=3),
        block("blocks", inner, inputs={"x": "first"}, outputs={"x": "tanh"}, repeat=100),
        node("last", "Linear", "blocks", out_features=2),
    ]
    return graph(nodes, tied=list(tied))


def problems(*tied: list[str]) -> dict[str, str]:
    return {problem.node: problem.message for problem in inspect(autoencoder(*tied)).errors}


FREE = inspect(autoencoder()).parameters


def test_tied_parameters_count_once() -> None:
    tied = [f"blocks.{i}.linear.weight" for i in range(100)]
    assert inspect(autoencoder(tied)).parameters == FREE - 99 * 9
    biases = ["first.bias", "blocks.17.linear.bias", "blocks.99.linear.bias"]
    assert inspect(autoencoder(tied, biases)).parameters == FREE - 99 * 9 - 2 * 3


def test_they_are_one_tensor_with_the_first_ones_values() -> None:
    tied = ["blocks.3.linear.weight", "blocks.0.linear.weight", "blocks.9.linear.weight"]
    network = build_network(autoencoder(tied), seed=4)
    owner = network.get_parameter(tied[0])
    assert all(network.get_parameter(path) is owner for path in tied)
    free = build_network(autoencoder(), seed=4)
    assert torch.equal(owner, free.get_parameter(tied[0]))
    assert sum(p.numel() for p in network.parameters()) == inspect(autoencoder(tied)).parameters


def test_shapes_must_agree() -> None:
    assert problems(["first.weight", "last.weight"]) == {
        "last.weight": "`last.weight` is 2×3, but `first.weight` is 3×2: only parameters of equal shapes can be tied."
    }


def test_parameters_must_exist() -> None:
    missing = "No layer of the network has a parameter `{}`."
    for path in (
        "middle.weight",
        "blocks.100.linear.weight",
        "blocks.01.linear.weight",
        "blocks.linear.weight",
    ):
        assert problems(["first.weight", path]) == {path: missing.format(path)}
    assert problems(["first.weight", "blocks.0.tanh.weight"]) == {
        "blocks.0.tanh.weight": "Tanh has no parameter `weight`. It has: none."
    }
    assert problems(["last.gain", "first.weight"]) == {
        "last.gain": "Linear has no parameter `gain`. It has: `weight`, `bias`."
    }


def test_a_parameter_belongs_to_one_group() -> None:
    twice = "`first.bias` is tied twice. Put all that are to be one into one group."
    one, other = ["first.bias", "blocks.0.linear.bias"], ["blocks.1.linear.bias", "first.bias"]
    assert problems(one, other) == {"first.bias": twice}
    assert problems(["first.bias", "first.bias"]) == {"first.bias": twice}


def test_what_is_broken_already_is_not_blamed_twice() -> None:
    wrong: list[dict[str, Any]] = [node("conv", "Conv2d", "x"), node("last", "Linear", "x")]
    broken = graph(
        [*wrong, node("sum", "Add", "conv", "last")], tied=[["conv.weight", "last.weight"]]
    )
    assert [problem.node for problem in inspect(broken).errors] == ["conv"]
