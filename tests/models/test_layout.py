"""Walking through blocks: equal repetitions are entered once, others one by one."""

from typing import Any

from neurarium_models.graph import Graph
from neurarium_models.inspect import inspect
from neurarium_models.layout import lay_out
from tests.models.samples import block, graph, node


def paths(graph: Graph, *, fold: bool) -> list[tuple[str, int]]:
    return [(place.path, place.repeat) for place in lay_out(graph, fold=fold).places]


def repeated(times: int | None, inner: list[dict[str, Any]] | None = None) -> Graph:
    inner = inner or [node("linear", "Linear", "x", out_features=2)]
    return graph(
        [block("blocks", inner, inputs={"x": "x"}, outputs={"x": inner[-1]["id"]}, repeat=times)]
    )


def test_a_block_gives_its_name_to_the_paths_inside_and_its_number_if_it_repeats() -> None:
    assert paths(repeated(None), fold=False) == [("blocks.linear", 1)]
    assert paths(repeated(1), fold=False) == [("blocks.0.linear", 1)]
    assert paths(repeated(3), fold=False) == [(f"blocks.{i}.linear", 1) for i in range(3)]


def test_equal_repetitions_are_entered_once() -> None:
    assert paths(repeated(1000), fold=True) == [("blocks.0.linear", 1000)]


def test_repetitions_that_differ_are_entered_one_by_one() -> None:
    halve = [node("conv", "Conv2d", "x", out_channels=2, stride=2, padding=1)]
    blocks = block("blocks", halve, inputs={"x": "x"}, outputs={"x": "conv"}, repeat=6)
    answer = inspect(graph([blocks], x=(3, 8, 8), axes="CHW"))
    assert answer.problems == []
    found = [
        (n.path, n.repeat, str(n.inputs[0].spec), str(n.outputs["output"])) for n in answer.nodes
    ]
    assert found == [
        ("blocks.0.conv", 1, "3×8×8", "2×4×4"),
        ("blocks.1.conv", 1, "2×4×4", "2×2×2"),
        ("blocks.2.conv", 1, "2×2×2", "2×1×1"),
        ("blocks.3.conv", 3, "2×1×1", "2×1×1"),
    ]
    assert [(b.first, b.count) for b in answer.blocks] == [(0, 1), (1, 1), (2, 1), (3, 3)]


def test_repetitions_multiply_in_nested_blocks() -> None:
    inner = [node("linear", "Linear", "x", out_features=2)]
    middle = block("inner", inner, inputs={"x": "x"}, outputs={"x": "linear"}, repeat=5)
    tree = repeated(7, [middle])
    assert paths(tree, fold=True) == [("blocks.0.inner.0.linear", 35)]
    assert len(paths(tree, fold=False)) == 35
    found = [(b.path, b.first, b.count, b.repeat) for b in inspect(tree).blocks]
    assert found == [("blocks.0.inner", 0, 5, 7), ("blocks", 0, 7, 1)]


def test_inputs_that_no_output_feeds_stay_the_same_for_all_repetitions() -> None:
    inner = [node("sum", "Add", "x", "memory")]
    blocks = block(
        "blocks", inner, inputs={"x": "x", "memory": "x"}, outputs={"x": "sum"}, repeat=3
    )
    places = lay_out(graph([blocks]), fold=False).places
    sources = [[value.source for value in place.values if value] for place in places]
    assert sources == [["x", "x"], ["blocks.0.sum", "x"], ["blocks.1.sum", "x"]]


def test_a_problem_in_a_repeated_block_is_said_once() -> None:
    inner = [node("linear", "Linear", "x", out_features=2), node("join", "Add", "linear", "memory")]
    blocks = block(
        "blocks", inner, inputs={"x": "x", "memory": "x"}, outputs={"x": "join"}, repeat=9
    )
    (problem,) = inspect(graph([blocks], x=(3,))).problems
    assert problem.node == "blocks.0.join"


def test_a_layout_that_never_settles_is_given_up() -> None:
    """Each repetition is one wider than the last, at both levels."""
    widen = [node("pad", "AvgPool2d", "x", kernel_size=2, stride=1, padding=1)]
    inner = block("inner", widen, inputs={"x": "x"}, outputs={"x": "pad"}, repeat=1024)
    outer = block("outer", [inner], inputs={"x": "x"}, outputs={"x": "inner"}, repeat=1024)
    answer = inspect(graph([outer], x=(1, 2, 2), axes="CHW"))
    (problem,) = answer.errors
    assert problem.message == "Written out, this has more than 10,000 different layers: too many."
    assert (answer.nodes, answer.parameters) == ([], 0)
