"""Connections: what is wrong with them is said at the node, in a sentence."""

from typing import Any

import pytest
from torch import nn

from neurarium_models.graph import Graph
from neurarium_models.inspect import inspect
from neurarium_models.network import build_network
from neurarium_models.wiring import RESERVED
from tests.models.samples import block, graph, node

HIDDEN = node("hidden", "Linear", "x")
OUT = node("out", "Linear", "hidden")


def said(*nodes: dict[str, Any], **more: Any) -> dict[str, str]:
    """Give the one problem of each node that has any."""
    problems = inspect(graph(list(nodes), **more)).problems
    answer = {problem.node: problem.message for problem in problems}
    assert len(answer) == len(problems)
    return answer


def test_order_on_paper_does_not_matter() -> None:
    assert said(OUT, HIDDEN, outputs={"y": "out"}) == {}


def test_unknown_name() -> None:
    assert said(HIDDEN, node("out", "Linear", "hiden")) == {
        "out": "This is to be fed by `hiden`, but there is none. Did you mean `hidden`?",
        "hidden": "Nothing uses this node: it does not take part in the result.",
    }


def test_unknown_output_of_the_network() -> None:
    found = said(HIDDEN, outputs={"y": "hidden", "z": "question"})
    assert found == {"z": "This is to be fed by `question`, but there is none."}


def test_two_nodes_of_one_name() -> None:
    assert said(HIDDEN, HIDDEN) == {
        "hidden": "There are two nodes called `hidden`. Rename one of them."
    }


def test_a_node_called_like_an_input() -> None:
    found = said(HIDDEN, node("x", "Tanh", "hidden"), OUT)
    assert found == {"x": "`x` is the name of an input already. Give this another one."}


@pytest.mark.parametrize("name", ["forward", "parameters", "class", "lambda", "tapped"])
def test_a_name_that_python_or_torch_needs(name: str) -> None:
    message = f"`{name}` means something else in Python or PyTorch. Call it `{name}_1`, say."
    assert said(node(name, "Linear", "x")) == {name: message}


def test_reserved_names_are_what_a_network_has() -> None:
    network = build_network(graph([HIDDEN]))
    members = {name for name in dir(network) if not name.startswith("_")} - {"hidden"}
    assert members - RESERVED == set()
    assert RESERVED - set(dir(nn.Module())) == {
        "graph", "instead", "places", "rewire", "tapped",
    }  # fmt: skip


def test_a_node_that_feeds_itself() -> None:
    found = said(node("loop", "Add", "x", "loop"))
    assert found == {
        "loop": "`loop` is fed by its own output and would wait for itself. Remove that connection."
    }


def test_a_circle() -> None:
    found = said(node("a", "Add", "x", "b"), node("b", "Tanh", "a"), node("out", "Linear", "b"))
    assert list(found.values()) == [
        "`a` → `b` → `a` is a circle: each would wait for itself. Remove one of these connections."
    ]


def test_nothing_uses_it_is_a_warning() -> None:
    answer = inspect(graph([HIDDEN, node("idle", "Tanh", "hidden")], outputs={"y": "hidden"}))
    assert [(problem.node, problem.severity) for problem in answer.problems] == [
        ("idle", "warning")
    ]
    assert answer.errors == []


def test_an_input_that_nothing_uses() -> None:
    document = graph([HIDDEN]).model_dump()
    document["inputs"]["z"] = {"axes": ["D"], "shape": [3]}
    (problem,) = inspect(Graph.model_validate(document)).problems
    assert problem.node == "z"
    assert problem.message == "Nothing uses this input: it does not take part in the result."


def test_too_many_inputs() -> None:
    found = said(HIDDEN, node("out", "Linear", "hidden", "x"))
    assert found == {
        "out": "Linear takes 1 input, but 2 are connected. Join them by Add or Concat."
    }


def test_too_few_inputs() -> None:
    found = said(node("attention", "MultiheadAttention", "x", "x"), x=(5, 4), axes="TD")
    assert found == {"attention": "The input `value` of MultiheadAttention is not connected."}


def test_no_input_at_all() -> None:
    found = said(node("sum", "Add"), outputs={"y": "sum"})
    assert found == {
        "sum": "The input `input` of Add is not connected.",
        "x": "Nothing uses this input: it does not take part in the result.",
    }


def test_unknown_port() -> None:
    wrong = {"id": "out", "layer": {"kind": "Linear"}, "inputs": {"input": "x", "mask": "x"}}
    assert said(wrong) == {"out": "Linear has no input `mask`. It has: `input`."}


def test_unknown_output_of_a_node() -> None:
    found = said(HIDDEN, node("out", "Linear", "hidden:state"))
    assert found == {"out": "`hidden` has no output `state`. It has: `output`."}


def test_a_block_whose_inputs_do_not_match() -> None:
    inner = [node("inner", "Linear", "left")]
    wrong = block("b", inner, inputs={"left": "x"}, outputs={"y": "inner"})
    wrong["inputs"] = {"lft": "x"}
    problems = inspect(graph([wrong])).problems
    assert [(problem.node, problem.message) for problem in problems] == [
        ("b", "The input `left` of this block is not connected."),
        ("b", "This block has no input `lft`. Did you mean `left`?"),
    ]


def test_inside_a_block_only_its_own_names_mean_something() -> None:
    inner = block(
        "b", [node("inner", "Linear", "hidden")], inputs={"x": "hidden"}, outputs={"y": "inner"}
    )
    found = said(HIDDEN, inner)
    assert found == {
        "b.inner": "This is to be fed by `hidden`, but there is none.",
        "b.x": "Nothing uses this input: it does not take part in the result.",
    }


def nested(depth: int) -> dict[str, Any]:
    inner = node("leaf", "Linear", "x")
    for level in range(depth):
        inner = block(f"b{level}", [inner], inputs={"x": "x"}, outputs={"x": inner["id"]})
    return inner


def test_depth_has_a_limit() -> None:
    assert inspect(graph([nested(31)])).errors == []
    (problem,) = inspect(graph([nested(32)])).errors
    assert problem.message == "Blocks are nested deeper than 32 levels, which is the limit."


def test_nodes_have_a_limit() -> None:
    def row(size: int) -> list[dict[str, Any]]:
        return [node(f"n{i}", "Tanh", f"n{i - 1}" if i else "x") for i in range(size)]

    assert inspect(graph(row(512))).errors == []
    more = block("b", row(257), inputs={"x": "n255"}, outputs={"x": "n256"})
    (problem,) = inspect(graph([*row(256), more])).errors
    assert (
        problem.message
        == "There are more than 512 nodes, which is the limit. Repeat a block instead."
    )
