"""What fits where: each layer is asked, and each remedy works."""

from typing import Any

import pytest

from neurarium_models.graph import Graph
from neurarium_models.inspect import inspect
from neurarium_models.layers import LAYERS
from neurarium_models.offer import offers
from neurarium_models.tensor import features

IMAGE = features(6, 12, 12, axes="CHW")


def node(name: str, kind: str, *sources: str, **settings: Any) -> dict[str, Any]:
    return {"id": name, "layer": {"kind": kind, **settings}, "inputs": list(sources)}


@pytest.mark.parametrize(
    "spec", [features(7), IMAGE, features(5, 4, axes="TD"), features(5, axes="T", dtype="int64")]
)
def test_what_is_offered_can_be_inserted(spec: Any) -> None:
    """The oracle is the inspection of a network with the layer in it."""
    listed = offers(spec)
    assert [offer.layer.kind for offer in listed] == list(LAYERS)
    for offer in listed:
        inserted = {"id": "n", "layer": offer.layer.model_dump(), "inputs": ["x"] * offer.inputs}
        graph = {"inputs": {"x": spec.model_dump()}, "nodes": [inserted], "outputs": {"y": "n"}}
        inspection = inspect(Graph.model_validate(graph))
        if offer.problem is None:
            assert inspection.errors == []
            assert inspection.outputs["y"] == offer.output
        else:
            assert offer.output is None
            assert inspection.errors[0].message == offer.problem


def test_settings_are_chosen_with_which_it_fits() -> None:
    (convolution,) = (o for o in offers(features(1, 2, 2, axes="CHW")) if o.layer.kind == "Conv2d")
    assert convolution.problem is None
    assert convolution.layer.model_dump()["kernel_size"] == 2


VECTOR = {"axes": ["D"], "shape": [64]}
PICTURE = {"axes": ["C", "H", "W"], "shape": [3, 8, 8]}
TOKENS = {"axes": ["T"], "shape": [5], "dtype": "int64"}
BREAKS: list[tuple[dict[str, Any], list[dict[str, Any]], str]] = [
    (VECTOR, [node("n", "Conv2d", "x")], "Reshape"),
    (VECTOR, [node("a", "Linear", "x"), node("n", "Add", "x", "a")], "Linear"),
    (PICTURE, [node("a", "Conv2d", "x"), node("n", "Add", "x", "a")], "Conv2d"),
    (PICTURE, [node("a", "MaxPool2d", "x"), node("n", "Concat", "x", "a", axis="C")], "AdaptiveAvgPool2d"),
    (PICTURE, [node("a", "Conv2d", "x", stride=2, padding=1), node("n", "Add", "x", "a")], "Conv2d"),
    (PICTURE, [node("n", "BatchNorm1d", "x")], "Flatten"),
    (TOKENS, [node("n", "Linear", "x")], "Embedding"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "nodes", "kind"), BREAKS)
def test_a_layer_put_before_it_mends_a_misfit(
    given: dict[str, Any], nodes: list[dict[str, Any]], kind: str
) -> None:
    graph = {"inputs": {"x": given}, "nodes": nodes, "outputs": {"y": "n"}}
    (problem,) = inspect(Graph.model_validate(graph)).errors
    assert problem.insert is not None
    assert (problem.node, problem.insert.layer.kind) == ("n", kind)
    broken = nodes[-1]
    sources = list(broken["inputs"])
    between = {
        "id": "mend",
        "layer": problem.insert.layer.model_dump(),
        "inputs": [sources[problem.insert.port]],
    }
    sources[problem.insert.port] = "mend"
    mended = [*nodes[:-1], between, broken | {"inputs": sources}]
    assert inspect(Graph.model_validate(graph | {"nodes": mended})).errors == []


def test_there_is_not_always_a_remedy() -> None:
    graph = {
        "inputs": {"x": {"axes": ["T", "D"], "shape": [5, 4]}},
        "nodes": [node("n", "Reshape", "x", shape=[3, 7], axes=["T", "D"])],
        "outputs": {"y": "n"},
    }
    (problem,) = inspect(Graph.model_validate(graph)).errors
    assert problem.insert is None
