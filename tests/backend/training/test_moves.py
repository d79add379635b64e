"""A layer that is called otherwise, or stands in a block now, is the same: what it has learned goes with it."""

import pytest
import torch

from neurarium.training import ways
from neurarium.training.command import EditGraph
from neurarium.training.forecast import forecast
from neurarium.training.moves import followed
from neurarium_models.graph import Graph
from tests.backend.training.edits import (
    Document,
    convolved,
    deep,
    difference,
    learned,
    node,
    operated,
    residual,
)
from tests.backend.training.jobs import graph, linear, mlp, take, trained


def renamed(document: Document, old: str, new: str) -> Document:
    def name(each: str) -> str:
        return new if each == old else each

    nodes = [
        each | {"id": name(each["id"]), "inputs": [name(source) for source in each["inputs"]]}
        for each in document["nodes"]
    ]
    outputs = {port: name(source) for port, source in document["outputs"].items()}
    return document | {"nodes": nodes, "outputs": outputs}


def row(repeat: int) -> Document:
    """Three equal layers in a block, between two others."""
    body = {
        "inputs": ["x"],
        "nodes": [linear("dense", 3, "x"), node("bend", "Tanh", "dense")],
        "outputs": {"x": "bend"},
    }
    block = {"id": "block", "block": body, "repeat": repeat, "inputs": {"x": "enter"}}
    return graph(linear("enter", 3, "x"), block, linear("output", 1, "block"))


def apart() -> Document:
    """The same without a block."""
    return graph(
        linear("enter", 3, "x"),
        linear("dense", 3, "enter"),
        node("bend", "Tanh", "dense"),
        linear("dense2", 3, "bend"),
        node("bend2", "Tanh", "dense2"),
        linear("dense3", 3, "bend2"),
        node("bend3", "Tanh", "dense3"),
        linear("output", 1, "bend3"),
    )


MOVED = {
    "a layer": (deep(5), renamed(deep(5), "two", "second")),
    "a norm with its mean and variance": (deep(5), renamed(deep(5), "norm", "evened")),
    "an activation": (deep(5), renamed(deep(5), "bend", "tanh")),
    "a convolution": (convolved(3, 4), renamed(convolved(3, 4), "two", "conv2")),
    "the last one": (residual(4), renamed(residual(4), "output", "head")),
    "all of them": (
        deep(5),
        renamed(renamed(renamed(deep(5), "one", "a"), "two", "b"), "output", "c"),
    ),
    "into a block": (apart(), row(3)),
    "out of a block": (row(3), apart()),
}


@pytest.mark.parametrize(("before", "after"), MOVED.values(), ids=MOVED)
def test_what_moves_keeps_all(before: Document, after: Document) -> None:
    old = learned(before)
    memory = {
        name: {"step": torch.tensor(3.0), "exp_avg": value.detach().clone()}
        for name, value in old.named_parameters()
    }
    new, done = operated(old, after, memory)
    assert difference(old, new) == 0
    assert set(done.fates.values()) == {"kept"}
    for name, value in new.named_parameters():
        assert torch.equal(done.memory[name]["exp_avg"], value), name
    said = forecast(old.graph, Graph.model_validate(after))
    assert {each.path: each.fate for each in said} == done.fates


@pytest.mark.parametrize(("before", "after"), MOVED.values(), ids=MOVED)
def test_without_looking_for_moves_it_would_forget(
    before: Document, after: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ways, "find_moves", lambda *_: {})
    old = learned(before)
    new, done = operated(old, after)
    names = {name.split(".")[0] for name, _ in new.named_parameters()}
    had = {name.split(".")[0] for name, _ in old.named_parameters()}
    if names != had:
        assert "new" in done.fates.values()
        assert difference(old, new) > 0


def test_a_layer_elsewhere_of_another_name_is_another() -> None:
    old = learned(graph(linear("one", 3, "x"), linear("two", 3, "one"), linear("output", 1, "two")))
    after = graph(linear("one", 3, "x"), linear("output", 1, "one"), linear("new", 1, "output"))
    fates = operated(old, after)[1].fates
    assert fates["two.weight"] == "gone"
    assert fates["new.weight"] == "new"


def test_one_that_is_moved_and_widened_by_what_follows_it() -> None:
    old = learned(deep(5))
    after = renamed(deep(9), "output", "head")
    new, done = operated(old, after)
    assert difference(old, new) < 1e-6
    assert done.fates["head.weight"] == "kept"


def test_a_frozen_layer_stays_frozen_under_its_new_name() -> None:
    run = trained(3, graph=mlp(), rates={"hidden": 0})
    after = Graph.model_validate(renamed(mlp(), "hidden", "first"))
    run.apply(EditGraph(graph=after))
    assert run.job.rates == {"first": 0}
    before = run.network.get_parameter("first.weight").clone()
    take(run, 3)
    assert torch.equal(run.network.get_parameter("first.weight"), before)
    run.apply(EditGraph(graph=Graph.model_validate(mlp())))
    assert run.job.rates == {"hidden": 0}


def test_a_factor_of_a_block_goes_with_the_block() -> None:
    block = row(3)["nodes"][1]
    other = row(3) | {
        "nodes": [row(3)["nodes"][0], block | {"id": "deep"}, linear("output", 1, "deep")]
    }
    old, new = Graph.model_validate(row(3)), Graph.model_validate(other)
    rates = {"block": 0.5, "block.1": 0.25, "block.2.dense": 0.1, "enter": 2}
    assert followed(rates, old, new) == {
        "deep": 0.5,
        "deep.1": 0.25,
        "deep.2.dense": 0.1,
        "enter": 2,
    }
