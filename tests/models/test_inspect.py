"""What is said of a network before it is built: counts, memory, problems, and how fast."""

import time
from typing import Any

import pytest

from neurarium_models.graph import Graph
from neurarium_models.inspect import inspect
from neurarium_models.preset import PRESETS
from tests.models.samples import block, graph, node


def message(*nodes: dict[str, Any], **more: Any) -> str:
    (problem,) = inspect(graph(list(nodes), **more)).problems
    return problem.message


def test_a_small_network_by_hand() -> None:
    answer = inspect(PRESETS["mlp-xor"].graph)
    assert answer.parameters == (2 * 8 + 8) + (8 + 1)
    assert answer.flops == 2 * (2 * 8 + 8)
    assert answer.layers == 3
    assert answer.memory.parameters == 4 * 33
    assert answer.memory.gradients == 4 * 33
    assert answer.memory.optimizer == 8 * 33
    assert answer.memory.activations == 4 * (8 + 8 + 1)
    hidden, tanh, _ = answer.nodes
    assert (hidden.path, hidden.kind, hidden.elementwise) == ("hidden1", "Linear", False)
    assert hidden.parameter_shapes == {"weight": (8, 2), "bias": (8,)}
    assert [(wire.port, wire.source, str(wire.spec)) for wire in tanh.inputs] == [
        ("input", "hidden1", "8")
    ]
    assert tanh.elementwise


def test_tokens_take_eight_bytes_and_masks_one() -> None:
    for dtype, size in (("int64", 8), ("bool", 1)):
        five = {"x": {"axes": ["T"], "shape": [5], "dtype": dtype}}
        answer = inspect(graph([node("same", "Identity", "x")], inputs=five))
        assert answer.memory.activations == 5 * size


def test_the_megapixel_network_is_answered_at_once() -> None:
    graph = PRESETS["mlp-megapixel-paper"].graph
    began = time.perf_counter()
    answer = inspect(graph)
    assert time.perf_counter() - began < 0.05
    assert answer.parameters == 3_000_001_000
    assert answer.flops == 6_000_000_000


def test_astronomic_networks_are_counted_exactly() -> None:
    inner = node("linear", "Linear", "x", out_features=2**20)
    for level in range(30):
        output = inner["id"]
        inner = block(f"b{level}", [inner], inputs={"x": "x"}, outputs={"x": output}, repeat=1024)
    answer = inspect(graph([inner], x=(2**20,)))
    assert answer.problems == []
    assert answer.parameters == 1024**30 * (2**40 + 2**20)
    assert answer.layers == 1024**30


@pytest.mark.bars
def test_a_graph_of_512_nodes_takes_less_than_50_ms() -> None:
    def linear(i: int) -> dict[str, Any]:
        return node(f"n{i}", "Linear", f"n{i - 1}" if i else "x", out_features=8)

    many = graph([linear(i) for i in range(512)])
    times = []
    for _ in range(5):
        began = time.perf_counter()
        answer = inspect(many)
        times.append(time.perf_counter() - began)
    assert answer.problems == []
    assert min(times) < 0.05


def test_after_a_misfit_only_true_breaks_are_reported() -> None:
    """What the broken layer would put out is known, so that the next break is found, and nothing else."""
    nodes = [
        node("wide", "Linear", "x", out_features=6),
        node("broken", "Add", "wide", "x"),
        node("next", "Linear", "broken", out_features=4),
        node("also_broken", "MultiheadAttention", "next", "next", "next"),
        node("last", "ReLU", "also_broken"),
    ]
    answer = inspect(graph(nodes))
    assert [problem.node for problem in answer.problems] == ["broken", "also_broken"]
    assert {n.path: str(n.outputs["output"]) for n in answer.nodes}["last"] == "4"


def test_behind_the_unknown_nothing_is_reported() -> None:
    nodes = [
        node("conv", "Conv2d", "x"),
        node("flat", "Flatten", "conv"),
        node("out", "Linear", "flat"),
    ]
    answer = inspect(graph(nodes))
    assert [problem.node for problem in answer.problems] == ["conv"]
    assert answer.outputs == {"y": None}
    assert answer.parameters == 0


def test_a_remedy_works() -> None:
    broken = node("attention", "MultiheadAttention", "x", "x", "x", num_heads=5)
    (problem,) = inspect(graph([broken], x=(3, 8), axes="TD")).problems
    assert problem.message == "8 features cannot be shared equally among 5 heads. 4 would work."
    assert problem.remedy == {"num_heads": 4}
    broken["layer"] |= problem.remedy
    assert inspect(graph([broken], x=(3, 8), axes="TD")).problems == []


IMAGE = {"x": (3, 6, 6), "axes": "CHW"}
SEQUENCE = {"x": (5, 4), "axes": "TD"}
SENTENCES = [
    (
        node("n", "Add", "x", "wide"),
        {},
        "Add needs inputs of one shape, but it is given 2 and 4. Make both the same, by a Linear for instance.",
    ),
    (
        node("n", "Conv2d", "x"),
        {},
        "Conv2d takes images (channels×rows×columns), but its input is 2.",
    ),
    (node("n", "Conv2d", "x", kernel_size=9), IMAGE, "A window of 9×9 does not fit into 6×6."),
    (
        node("n", "Conv2d", "x", kernel_size=9, padding=1),
        IMAGE,
        "A window of 9×9 does not fit into 6×6 with 1 around it.",
    ),
    (
        node("n", "Conv2d", "x", groups=2),
        IMAGE,
        "The 3 channels of the input cannot be parted into 2 equal groups.",
    ),
    (
        node("n", "MaxPool2d", "x", padding=2),
        IMAGE,
        "A padding of 2 is more than half of the window of 2.",
    ),
    (
        node("n", "Embedding", "x"),
        {},
        "Embedding looks up whole numbers (int64, tokens), but it is given float32.",
    ),
    (
        node("n", "PositionalEmbedding", "x", num_embeddings=4),
        SEQUENCE,
        "The sequence has 5 places, but there are vectors for 4 only.",
    ),
    (
        node("n", "Softmax", "x", axis="T"),
        {},
        "Softmax looks for an axis T, but the axes of its input are: D.",
    ),
    (node("n", "Mean", "x"), {}, "Mean looks for axis -2, but its input is only 2."),
    (
        node("n", "Select", "x", index=7),
        SEQUENCE,
        "There is no place 7 among the 5 along the axis T.",
    ),
    (
        node("n", "Reshape", "x", shape=[2, 2], axes=["H", "W"]),
        {},
        "Reshape keeps all numbers, but 2 has 2 and 2×2 would have 4.",
    ),
    (
        node("n", "Permute", "x", axes=["D", "D"]),
        SEQUENCE,
        "Permute must name each axis of its input once: T, D.",
    ),
    (
        node("n", "BatchNorm2d", "x"),
        {},
        "BatchNorm2d takes images (channels×rows×columns), but its input is 2.",
    ),
    (
        node("n", "Concat", "x", "wide"),
        SEQUENCE | {"axes": "TD"},
        "Concat joins along the axis D, so all other sizes must agree, but it is given 5×4 and 4.",
    ),
    (node("n", "Not", "x"), {}, "Not turns true and false round, but it is given float32."),
]


@pytest.mark.parametrize(("wrong", "start", "sentence"), SENTENCES)
def test_misfits_are_sentences_with_numbers(
    wrong: dict[str, Any], start: dict[str, Any], sentence: str
) -> None:
    helpers = []
    if "wide" in wrong["inputs"]:
        helpers = [node("flat", "Flatten", "x"), node("wide", "Linear", "flat", out_features=4)]
    assert message(*helpers, wrong, **start) == sentence


def test_tokens_want_an_embedding() -> None:
    tokens = {"x": {"axes": ["T"], "shape": [5], "dtype": "int64"}}
    assert message(node("n", "Linear", "x"), inputs=tokens) == (
        "Linear calculates with real numbers, but it is given whole numbers (int64) that stand for tokens or classes. "
        "Put an Embedding before it."
    )


def test_sizes_have_an_end() -> None:
    wide = {"x": {"axes": ["A", "B"], "shape": [2**40, 2**40]}}
    assert message(node("n", "Flatten", "x"), inputs=wide) == (
        "This would have an axis of more than 2^53 numbers, or more than 8 axes."
    )


def test_an_answer_survives_json() -> None:
    answer = inspect(
        graph(
            [
                block(
                    "b", [node("n", "Linear", "x")], inputs={"x": "x"}, outputs={"x": "n"}, repeat=2
                )
            ]
        )
    )
    assert type(answer).model_validate_json(answer.model_dump_json()) == answer


def test_a_graph_may_be_nothing_but_a_wire() -> None:
    wire = Graph.model_validate(
        {"inputs": {"x": {"axes": [], "shape": []}}, "nodes": [], "outputs": {"y": "x"}}
    )
    answer = inspect(wire)
    assert answer.problems == []
    assert str(answer.outputs["y"]) == "scalar"
