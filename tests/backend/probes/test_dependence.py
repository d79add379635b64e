"""Changing one weight changes every picture that depends on it, and no other."""

import pytest
import torch

from neurarium.probe import Frame
from neurarium.probes import PROBES
from neurarium.training.view import View
from tests.backend.probes.runs import chain, graph, make_job, make_probe, node, seen

PARALLEL = graph(
    [
        node("left", "Linear", "x", out_features=3),
        node("left_bend", "Tanh", "left"),
        node("right", "Linear", "x", out_features=3),
        node("right_bend", "Tanh", "right"),
        node("sum", "Add", "left_bend", "right_bend"),
        node("out", "Linear", "sum", out_features=1),
    ]
)
STATIC = {"data", "batch"}
"""Probes that do not show what the network is now."""


def pictures(frame: Frame) -> dict[tuple[str, str], bytes]:
    return {(picture.name, picture.node): picture.values.tobytes() for picture in frame.pictures}


def changed(view: View, kind: str, parameter: str, **settings: object) -> set[tuple[str, str]]:
    """Name the pictures of a probe that one weight makes a difference to."""
    probe = make_probe(kind, **settings)
    before = pictures(probe.look(view))
    with torch.no_grad():
        view.network.get_parameter(parameter).view(-1)[0] += 0.25
    after = pictures(probe.look(view))
    assert before.keys() == after.keys()
    return {name for name in before if before[name] != after[name]}


@pytest.mark.parametrize("layer", [0, 1, 2])
def test_values_change_behind_the_weight_and_not_before_it(layer: int) -> None:
    behind = {f"h{number}" for number in range(layer, 3)}
    assert changed(seen(), "value", f"h{layer}.weight") == {
        (name, stage) for stage in behind for name in ("sum", "output")
    }


@pytest.mark.parametrize("layer", [0, 1, 2])
def test_fields_change_behind_the_weight_and_not_before_it(layer: int) -> None:
    behind = {("field", f"h{number}") for number in range(layer, 3)}
    assert changed(seen(), "boundary", f"h{layer}.weight") == behind | {("answer", "h2")}


def test_a_branch_does_not_touch_its_neighbour() -> None:
    view = seen(make_job(graph=PARALLEL))
    found = changed(view, "boundary", "left.weight")
    assert found == {("field", "left"), ("field", "sum"), ("field", "out"), ("answer", "out")}


def test_hidden_spaces_before_the_weight_stay() -> None:
    assert changed(seen(), "hidden", "h1.weight") == {("position", "h1"), ("grid", "h1")}


def test_the_arithmetic_of_a_unit_does_not_know_its_neighbours_weights() -> None:
    view = seen()
    assert changed(view, "contrib", "h1.weight", node="h1", unit=0) == {
        ("weight", "h1"),
        ("product", "h1"),
    }
    assert not changed(view, "contrib", "h1.weight", node="h1", unit=1)


def test_only_the_parameter_itself_is_drawn_anew() -> None:
    assert changed(seen(), "weight", "h1.weight") == {("weight", "h1.weight")}


def test_units_before_the_weight_stay() -> None:
    view = seen()
    assert not changed(view, "unit", "h1.weight", node="h0")
    assert ("output", "h1") in changed(view, "unit", "h1.weight", node="h1")


@pytest.mark.parametrize("kind", sorted(set(PROBES) - STATIC))
def test_every_probe_of_the_network_sees_its_first_weight(kind: str) -> None:
    view = seen(make_job(graph=chain(4, 3, 1)), steps=30)
    assert changed(view, kind, "h0.weight")


@pytest.mark.parametrize("kind", sorted(STATIC))
def test_data_and_minibatch_are_no_business_of_the_weights(kind: str) -> None:
    assert not changed(seen(), kind, "h0.weight")
