"""In what two networks differ: each change is found where it was made, and nothing else is."""

from typing import Any

import pytest

from neurarium_models.depth import depth, unfolded
from neurarium_models.difference import GraphDifference, graph_difference
from neurarium_models.graph import Graph
from neurarium_models.inspect import inspect
from neurarium_models.network import build_network
from neurarium_models.preset import PRESETS
from tests.models.random_graphs import random_graph
from tests.models.samples import block, graph, node

CHAIN = [
    node("one", "Linear", "x", out_features=8),
    node("bend", "Tanh", "one"),
    node("two", "Linear", "bend", out_features=3),
]


def changes(told: GraphDifference) -> dict[str, str]:
    return {row.path: row.change for row in told.nodes}


def test_a_network_does_not_differ_from_itself() -> None:
    for preset in PRESETS.values():
        told = graph_difference(preset.graph, preset.graph)
        assert {row.change for row in told.nodes} == {"same"}
        assert told.before == told.after


def test_a_wider_layer_differs_and_what_it_feeds_has_other_weights() -> None:
    wider = [node("one", "Linear", "x", out_features=12), *CHAIN[1:]]
    told = graph_difference(graph(CHAIN), graph(wider))
    assert changes(told) == {"one": "changed", "bend": "changed", "two": "changed"}
    [first, bend, two] = told.nodes
    assert [(s.name, s.before, s.after) for s in first.settings] == [("out_features", 8, 12)]
    assert bend.settings == two.settings == []
    assert bend.before
    assert bend.after
    assert (bend.before.outputs["output"].shape, bend.after.outputs["output"].shape) == (
        (8,),
        (12,),
    )
    assert (told.before.parameters, told.after.parameters) == (24 + 27, 36 + 39)


def test_what_is_inserted_stands_where_it_is_and_the_rest_stays() -> None:
    longer = [
        *CHAIN[:2],
        node("drop", "Dropout", "bend"),
        node("two", "Linear", "drop", out_features=3),
    ]
    told = graph_difference(graph(CHAIN), graph(longer))
    assert list(changes(told).items()) == [
        ("one", "same"), ("bend", "same"), ("drop", "added"), ("two", "changed"),
    ]  # fmt: skip
    back = graph_difference(graph(longer), graph(CHAIN))
    assert changes(back)["drop"] == "removed"


def test_another_kind_under_the_same_name() -> None:
    other = [CHAIN[0], node("bend", "ReLU", "one"), CHAIN[2]]
    told = graph_difference(graph(CHAIN), graph(other))
    assert changes(told) == {"one": "same", "bend": "changed", "two": "same"}
    assert told.nodes[1].settings == []


@pytest.mark.parametrize(("times", "more"), [(2, 5), (5, 2), (3, 1)])
def test_repetitions_are_compared_one_by_one_and_told_together(times: int, more: int) -> None:
    def stack(repeat: int) -> Graph:
        inside = [
            node("layer", "Linear", "x", out_features=2),
            node("bend", "Tanh", "layer"),
        ]
        return graph(
            [block("blocks", inside, inputs={"x": "x"}, outputs={"x": "bend"}, repeat=repeat)]
        )

    told = graph_difference(stack(times), stack(more))
    counts = {(row.path, str(row.change)): row.count for row in told.nodes}
    least, most = sorted((times, more))
    word = "added" if more > times else "removed"
    assert sum(n for (_, change), n in counts.items() if change == "same") == 2 * least
    assert counts[f"blocks.{least}.layer", word] == most - least
    assert (told.before.depth, told.after.depth) == (times, more)
    assert (told.before.layers, told.after.layers) == (2 * times, 2 * more)


@pytest.mark.parametrize("seed", range(40))
def test_random_networks_against_what_is_built_of_them(seed: int) -> None:
    """The oracle: the tensors of the built modules, by the paths of their layers."""
    graphs = [random_graph(2 * seed + i) for i in range(2)]
    told = graph_difference(*graphs)
    built = [build_network(each, seed=0) for each in graphs]
    totals = [sum(p.numel() for p in network.parameters()) for network in built]
    assert [told.before.parameters, told.after.parameters] == totals
    one, other = ({name: tuple(p.shape) for name, p in n.named_parameters()} for n in built)
    for row in told.nodes:
        here = [
            {name: shape for name, shape in shapes.items() if name.startswith(f"{row.path}.")}
            for shapes in (one, other)
        ]
        if row.change == "same":
            assert here[0] == here[1]
        if row.change == "added":
            assert not here[0]
        if row.change == "removed":
            assert not here[1]


def test_networks_with_problems_are_compared_all_the_same() -> None:
    broken: list[dict[str, Any]] = [CHAIN[0], node("two", "Conv2d", "one")]
    told = graph_difference(graph(CHAIN), graph(broken))
    assert changes(told) == {"one": "same", "bend": "removed", "two": "changed"}
    assert inspect(graph(broken)).errors


def test_depth_is_the_longest_way() -> None:
    around = [
        *CHAIN,
        node("short", "Linear", "x", out_features=3),
        node("sum", "Add", "two", "short"),
    ]
    assert depth(unfolded(graph(around))) == 2
    assert depth(unfolded(graph([], outputs={"y": "x"}))) == 0


def test_very_many_repetitions_are_walked_through_once() -> None:
    inside = [
        node(f"n{i}", "Linear", "x" if i == 0 else f"n{i - 1}", out_features=2) for i in range(20)
    ]
    deep = graph([block("blocks", inside, inputs={"x": "x"}, outputs={"x": "n19"}, repeat=1000)])
    told = graph_difference(deep, graph(CHAIN))
    assert (told.before.depth, told.before.layers) == (20_000, 20_000)
    assert told.before.parameters == 20_000 * 6
