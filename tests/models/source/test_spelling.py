"""How each layer is written: tried on the whole shelf, so that a new file there is tested by being there."""

import inspect as python
from pathlib import Path
from typing import Any

import pytest
from torch import nn

from neurarium_models import attention, modules, recurrence
from neurarium_models.graph import Graph
from neurarium_models.layer import Layer
from neurarium_models.layers import LAYERS
from neurarium_models.source import own
from neurarium_models.spelling import REQUIRED
from neurarium_models.tensor import features
from tests.models.samples import block, graph, node
from tests.models.source.canonical import canonical
from tests.models.source.test_round_trip import compare, there_and_back
from tests.models.test_layers import CASES, Specs

OWN = {"modules": modules, "attention": attention, "recurrence": recurrence}
MADE = [kind for kind, entry in LAYERS.items() if not entry.spelling.is_expression]


def alone(layer: Layer, example: Specs) -> Graph:
    """Put one layer into a graph of its own."""
    given = {f"in{i}": spec for i, spec in enumerate(example) if spec is not None}
    nodes = [{"id": "layer", "layer": layer.model_dump(), "inputs": list(given)}]
    inputs = {name: spec.model_dump() for name, spec in given.items()}
    return Graph.model_validate({"inputs": inputs, "nodes": nodes, "outputs": {"y": "layer"}})


@pytest.mark.parametrize(("layer", "example"), CASES)
def test_every_layer_survives_and_computes_the_same(
    layer: Layer, example: Specs, tmp_path: Path
) -> None:
    there_and_back(alone(layer, example))
    compare(alone(layer, example), tmp_path, 0)


@pytest.mark.parametrize("kind", MADE)
def test_parameters_and_defaults_are_those_of_the_class(kind: str) -> None:
    spelling = LAYERS[kind].spelling
    _, _, name = spelling.name.rpartition(".")
    made = getattr(OWN[spelling.own] if spelling.own else nn, name)
    signature = python.signature(made.__init__).parameters
    names = [name for name in signature if name != "self"]
    assert list(spelling.parameters) == names[: len(spelling.parameters)]
    for name, default in spelling.parameters.items():
        theirs = signature[name].default
        optional = theirs is not python.Parameter.empty
        if default is REQUIRED:
            assert not optional or (kind, name) == ("Softmax", "dim")
        else:
            assert optional
            assert theirs == default
            assert type(theirs) is type(default)


@pytest.mark.parametrize(("layer", "example"), CASES)
def test_outputs_are_called_as_promised(layer: Layer, example: Specs) -> None:
    assert tuple(layer.outputs(*example)) == layer.returns


NAMED: list[tuple[str, dict[str, Any]]] = [
    ("Softmax", {"axis": "T"}),
    ("L2Normalize", {"axis": "T"}),
    ("Concat", {"axis": "T"}),
    ("Select", {"axis": "T", "index": -1}),
    ("Mean", {"axis": "T"}),
    ("Permute", {"axes": ("D", "T")}),
    ("Permute", {"axes": ("D", -2)}),
    ("Flatten", {"start_axis": "T", "end_axis": "D", "axis": "Q"}),
    ("Flatten", {"start_axis": -1}),
    ("Flatten", {"start_axis": -2}),
    ("Unsqueeze", {"dim": -2, "axis": "Q"}),
    ("Reshape", {"shape": (20,), "axes": ("Q",)}),
]


@pytest.mark.parametrize(("kind", "settings"), NAMED)
def test_names_of_axes_survive(kind: str, settings: dict[str, Any], tmp_path: Path) -> None:
    sample = graph([node("layer", kind, "x", **settings)], x=(5, 4), axes="TD")
    there_and_back(sample)
    compare(sample, tmp_path, 0)


def test_masks_and_element_types_survive(tmp_path: Path) -> None:
    inputs = {
        "words": features(5, axes="T", dtype="int64"),
        "mask": features(5, axes="T", dtype="bool"),
    }
    attend = node("attend", "MultiheadAttention", num_heads=2)
    attend["inputs"] = {
        "query": "table",
        "key": "table",
        "value": "table",
        "key_padding_mask": "gaps",
    }
    document = {
        "inputs": {name: spec.model_dump() for name, spec in inputs.items()},
        "nodes": [
            node("table", "Embedding", "words", num_embeddings=9, embedding_dim=4),
            node("gaps", "Not", "mask"),
            attend,
            node("mean", "Mean", "attend", "mask", axis="T"),
        ],
        "outputs": {"y": "mean", "tokens": "table"},
    }
    sample = Graph.model_validate(document)
    text = there_and_back(sample).text
    assert "key_padding_mask=gaps" in text
    assert "gaps = ~mask" in text
    compare(sample, tmp_path, 0)


def test_ties_across_repetitions_survive(tmp_path: Path) -> None:
    inner = [node("dense", "Linear", "h", out_features=2), node("sum", "Add", "dense", "h")]
    repeated = block("blocks", inner, inputs={"h": "x"}, outputs={"h": "sum"}, repeat=3)
    tied = [["blocks.0.dense.weight", "blocks.2.dense.weight", "blocks.1.dense.weight"]]
    sample = graph([repeated], tied=tied)
    text = there_and_back(sample).text
    assert "self.blocks[2].dense.weight = self.blocks[0].dense.weight" in text
    compare(sample, tmp_path, 0)


def test_a_difference_is_seen() -> None:
    """The negative control of the comparison."""
    one = graph([node("a", "Linear", "x"), node("b", "Add", "a", "a")])
    for other in (
        graph([node("a", "Linear", "x", bias=False), node("b", "Add", "a", "a")]),
        graph([node("a", "Linear", "x"), node("b", "Add", "a", "a", "a")]),
        graph([node("c", "Linear", "x"), node("b", "Add", "c", "c")]),
        graph([node("a", "Linear", "x"), node("b", "Multiply", "a", "a")]),
    ):
        assert canonical(one) != canonical(other)


def test_own_layers_need_nothing_but_torch() -> None:
    for piece in own.pieces().values():
        assert "neurarium" not in piece.text
        assert len(piece.text.splitlines()) < 120
