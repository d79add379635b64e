"""The document: strict, versioned, the same after a round trip."""

from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from neurarium_models import graph as module
from neurarium_models.graph import AnyGraph, Graph
from tests.models.random_graphs import random_graph
from tests.models.samples import block, node

SMALL: dict[str, Any] = {
    "inputs": {"x": {"axes": ["D"], "shape": [2]}},
    "nodes": [node("out", "Linear", "x", out_features=1)],
    "outputs": {"y": "out"},
}


def test_survives_json() -> None:
    for seed in range(50):
        graph = random_graph(seed)
        assert Graph.model_validate_json(graph.model_dump_json()) == graph


def test_says_its_version() -> None:
    assert Graph.model_validate(SMALL).model_dump()["version"] == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"version": 2},
        {"colour": "red"},
        {"inputs": {}},
        {"outputs": {}},
        {"outputs": {"y": "out:"}},
        {"nodes": [node("1st", "Linear", "x")]},
        {"nodes": [node("_out", "Linear", "x")]},
        {"nodes": [node("a.b", "Linear", "x")]},
        {"nodes": [node("a" * 41, "Linear", "x")]},
        {"nodes": [node("out", "Linear", "x")] * 513},
        {"nodes": [block("b", [], inputs={"x": "x"}, outputs={"x": "x"}, repeat=0)]},
        {"nodes": [block("b", [], inputs={"x": "x"}, outputs={"x": "x"}, repeat=1025)]},
        {"tied": [["out.weight"]]},
        {"inputs": {"x": {"axes": ["D", "T"], "shape": [2]}}},
        {"inputs": {"x": {"axes": ["D"], "shape": [0]}}},
        {"inputs": {"x": {"axes": ["D"], "shape": [2**53 + 1]}}},
        {"inputs": {"x": {"axes": ["D"], "shape": [2], "dtype": "float16"}}},
    ],
)
def test_is_strict(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Graph.model_validate(SMALL | wrong)


def test_bottomless_documents_are_refused() -> None:
    part = node("leaf", "Linear", "x")
    for _ in range(500):
        part = block("b", [part], inputs={"x": "x"}, outputs={"x": part["id"]})
    with pytest.raises(ValidationError):
        Graph.model_validate(SMALL | {"nodes": [part], "outputs": {"y": "b"}})


def test_older_documents_are_upgraded(monkeypatch: pytest.MonkeyPatch) -> None:
    def from_minus_one(old: dict[str, Any]) -> dict[str, Any]:
        return {
            "version": 0,
            "inputs": old["inputs"],
            "layers": old["network"],
            "outputs": old["outputs"],
        }

    def from_zero(old: dict[str, Any]) -> dict[str, Any]:
        return {
            "version": 1,
            "inputs": old["inputs"],
            "nodes": old["layers"],
            "outputs": old["outputs"],
        }

    class Job(BaseModel):
        graph: AnyGraph

    monkeypatch.setattr(module, "UPGRADES", {-1: from_minus_one, 0: from_zero})
    today = Graph.model_validate(SMALL)
    oldest = {
        "version": -1,
        "inputs": SMALL["inputs"],
        "network": SMALL["nodes"],
        "outputs": SMALL["outputs"],
    }
    assert Graph.model_validate(oldest) == today
    assert Job.model_validate({"graph": oldest}).graph == today
