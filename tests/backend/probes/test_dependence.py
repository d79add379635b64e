"""Changing one weight changes every picture that depends on it, and no other."""

import pytest
import torch

from neurarium.probe import Frame
from neurarium.probes import PROBES
from neurarium.training.view import View
from tests.backend.probes import sequences
from tests.backend.probes.runs import chain, graph, make_job, make_probe, node, preset, seen

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
DROPPING = graph(
    [
        node("h0", "Linear", "x", out_features=6),
        node("drop", "Dropout", "h0", p=0.5),
        node("out", "Linear", "drop", out_features=1),
    ]
)
STATIC = {"data", "batch", "count", "replay", "mask"}
"""Probes that do not show what the network is now."""
PICTURES = {"rf", "filter"}
"""Probes of networks that are given pictures."""
WORDS = {
    *("attention", "attend", "decode", "effect_of_head", "lengths", "recurrence"),
    *("alone", "residual"),
}
"""Probes of networks that read and say words,"""
MEASURES = {"effect_of_head", "lengths"}
"""two of which count what is right."""
MAPS = ["conv1", "pool1", "conv2", "pool2", "conv3"]


def pictures(frame: Frame) -> dict[tuple[str, str], bytes]:
    return {(picture.name, picture.node): picture.values.tobytes() for picture in frame.pictures}


def changed(
    view: View, kind: str, parameter: str, by: float = 0.25, **settings: object
) -> set[tuple[str, str]]:
    """Name the pictures of a probe that one weight makes a difference to."""
    probe = make_probe(kind, **settings)
    before = pictures(probe.look(view))
    with torch.no_grad():
        view.network.get_parameter(parameter).view(-1)[0] += by
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


@pytest.mark.slow
@pytest.mark.parametrize("kind", sorted(set(PROBES) - STATIC))
def test_every_probe_of_the_network_sees_its_first_weight(kind: str) -> None:
    if kind in PICTURES:
        assert changed(seen(preset("lenet5"), 3), kind, "conv1.weight")
        return
    if kind == "residual":
        assert changed(
            seen(sequences.job(sequences.translator()), 3), kind, "encoder.0.norm.weight"
        )
        return
    if kind in WORDS:
        # The first of all weights is that of padding. Counts of what is right follow great changes alone.
        weight, by = ("head.bias", 20.0) if kind in MEASURES else ("memory.bias_ih_l0", 0.25)
        assert changed(seen(sequences.job(sequences.looker()), 30), kind, weight, by)
        return
    view = seen(make_job(graph=chain(4, 3, 1)), steps=30)
    assert changed(view, kind, "h0.weight")


@pytest.mark.parametrize("kind", sorted(STATIC))
def test_data_minibatch_and_mask_are_no_business_of_the_weights(kind: str) -> None:
    view = seen(make_job(graph=DROPPING)) if kind == "mask" else seen()
    assert not changed(view, kind, "h0.weight")


def seen_by(view: View, kind: str, stage: str, unit: int) -> set[str]:
    """Name the arrays about one map that the first weight of the second convolution makes a difference to."""
    return {name for name, _ in changed(view, kind, "conv2.weight", node=stage, unit=unit)}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["lenet5", "lenet5-dense-paper"])
def test_a_weight_of_a_filter_changes_what_is_made_of_it_and_nothing_else(name: str) -> None:
    view = seen(preset(name), 2)
    for stage in ("conv1", "pool1"):
        for kind in ("contrib", "rf", "filter", "excite"):
            if (kind, stage) != ("filter", "pool1"):
                assert not seen_by(view, kind, stage, 0), (kind, stage)
    for kind in ("contrib", "rf", "excite", "filter", "history"):
        assert not seen_by(view, kind, "conv2", 1), kind
    assert seen_by(view, "contrib", "conv2", 0) == {"weight", "product", "part"}
    assert seen_by(view, "filter", "conv2", 0) == {"weight"}
    assert seen_by(view, "history", "conv2", 0) == {"weight"}
    assert seen_by(view, "rf", "conv2", 0) == {"slope"}
    assert "peak" in seen_by(view, "excite", "conv2", 0)
    assert seen_by(view, "contrib", "pool2", 0) == {"input", "product", "part"}
    assert not seen_by(view, "contrib", "pool2", 1)
    assert seen_by(view, "contrib", "conv3", 4) == {"input", "product", "part"}
    assert not seen_by(view, "filter", "conv3", 4)
    assert seen_by(view, "rf", "conv3", 4) == {"slope"}
    assert "peak" in seen_by(view, "excite", "dense1", 4)


def test_values_of_maps_change_behind_the_weight_and_not_before_it() -> None:
    behind = {*MAPS[2:], "flatten", "dense1", "output"}
    assert changed(seen(preset("lenet5"), 2), "value", "conv2.weight") == {
        (name, stage) for stage in behind for name in ("sum", "output")
    }
