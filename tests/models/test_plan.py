"""Plans: only what is needed, in order, with slots that are used again."""

from neurarium_models.layout import lay_out
from neurarium_models.plan import Plan, make_plan
from tests.models.samples import graph, node

FORKED = graph(
    [
        node("a", "ReLU", "x"),
        node("b", "ReLU", "a"),
        node("c", "Add", "a", "b", "a"),
        node("masked", "Mean", "c"),
        node("idle", "ReLU", "b"),
    ],
    x=(3, 4),
    axes="TD",
    outputs={"y": "masked"},
)


def plan(*asked: str) -> Plan:
    places = lay_out(FORKED, fold=False).places
    computes = {place.path: lambda *inputs, path=place.path: (path, *inputs) for place in places}
    return make_plan(places, computes, ["x"], asked)


def test_values_come_from_where_the_graph_says() -> None:
    made = plan("masked")
    a = ("a", "x!")
    b = ("b", a)
    assert made.run({"x": "x!"})[made.results["masked"]] == ("masked", ("c", a, b, a), None)


def test_only_what_is_asked_for_is_computed() -> None:
    assert len(plan("masked").steps) == 4
    assert len(plan("a").steps) == 1
    assert len(plan("idle", "b").steps) == 3
    assert plan("x").steps == ()


def test_slots_are_used_again_but_never_too_early() -> None:
    assert plan("masked").size == 3  # None, a and b: c goes where a lay
    everything = plan("x", "a", "b", "c", "masked", "idle")
    assert everything.size == 7
    assert len(set(everything.results.values())) == 6
