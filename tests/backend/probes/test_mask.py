"""What dropout left out: the very mask of the step that was taken, told without a trace."""

import json
from typing import Any

import msgspec
import numpy as np
import pytest
import torch
from torch import Tensor

from neurarium import frame
from neurarium.api.messages import FrameMessage
from neurarium.probe import Frame, ProbeError
from neurarium.sessions.timeline import Timeline
from neurarium.training.dropping import Dropped, watched
from neurarium.training.run import Run
from tests.backend.probes.runs import array, found, graph, make_job, make_probe, node
from tests.backend.probes.test_harmless import DROPPING

MAPS: dict[str, Any] = {
    "graph": graph(
        [
            node("conv", "Conv2d", "x", out_channels=6, kernel_size=3),
            node("bend", "ReLU", "conv"),
            node("drop", "Dropout2d", "bend", p=0.5),
            node("flat", "Flatten", "drop"),
            node("thin", "Dropout", "flat", p=0.25),
            node("output", "Linear", "thin", out_features=10),
        ],
        (1, 32, 32),
        "CHW",
    ),
    "dataset": {"kind": "Digits"},
    "loss": {"kind": "CrossEntropy"},
    "precision": "float32",
}


def watch(run: Run) -> dict[str, tuple[Tensor, Tensor]]:
    """Take a step, and catch by a hook of our own what came in and went out of its dropout layers."""
    caught: dict[str, tuple[Tensor, Tensor]] = {}
    hooks = [
        module.register_forward_hook(
            lambda _, given, output, path=path: caught.update({path: (given[0], output)})
        )
        for path, module in run.network.named_modules()
        if "Dropout" in type(module).__name__
    ]
    run.take(observe=True)
    for hook in hooks:
        hook.remove()
    return caught


def told(run: Run) -> dict[str, Dropped]:
    assert run.observation is not None
    return dict(run.observation.dropped)


@pytest.mark.parametrize("changes", [{"graph": DROPPING}, {"graph": DROPPING, "rates": {"h": 0.5}}, MAPS], ids=["plain", "rates", "maps"])  # fmt: skip # noqa: E501
@pytest.mark.parametrize("unit", ["minibatch", "example"])
def test_it_is_the_mask_of_that_very_step(changes: dict[str, Any], unit: Any) -> None:
    run = Run(make_job(**changes))
    for _ in range(4):
        caught = watch(run)
        assert caught
        assert set(told(run)) == set(caught)
        for path, dropped in told(run).items():
            given, output = caught[path]
            kept = dropped.factors != 0
            assert torch.equal(dropped.input, given)
            assert torch.equal(dropped.output, output)
            assert torch.equal(dropped.factors * given, output)
            scale = torch.tensor(1 / (1 - dropped.p), dtype=given.dtype)
            assert torch.equal(dropped.factors[kept], scale.expand(int(kept.sum())))
            assert 0 < int(kept.sum()) < kept.numel()
    run.take(unit, observe=True)
    assert len(told(run)[path].input) == (1 if unit == "example" else 16)


def test_another_draw_would_be_seen() -> None:
    run = Run(make_job(graph=DROPPING))
    ((given, output),) = watch(run).values()
    (dropped,) = told(run).values()
    other = run.network.get_submodule("drop").train().forward(torch.ones_like(given))
    assert not torch.equal(other * given, output)
    assert torch.equal(dropped.factors * given, output)


def test_maps_go_as_wholes() -> None:
    run = Run(make_job(**MAPS))
    run.take(observe=True)
    factors = told(run)["drop"].factors
    assert factors.shape[1:] == (6, 30, 30)
    assert torch.equal(factors, factors[..., :1, :1].expand_as(factors))


@pytest.mark.parametrize("changes", [{"graph": DROPPING}, MAPS], ids=["units", "maps"])
def test_training_has_the_same_bits_with_and_without_watching(changes: dict[str, Any]) -> None:
    ends = []
    for observe in (False, True):
        run = Run(make_job(**changes))
        for _ in range(8):
            run.take(observe=observe)
        ends.append((run.state().digest(), torch.get_rng_state().numpy().tobytes()))
        assert not any(module._forward_hooks or module._forward_pre_hooks for module in run.network.modules())  # fmt: skip # noqa: E501
    assert ends[0] == ends[1]


def test_a_careless_watcher_would_be_found_out() -> None:
    """The same, with a second draw that leaves the generator where it is then."""
    run, other = Run(make_job(**MAPS)), Run(make_job(**MAPS))
    other.network.get_submodule("drop").register_forward_hook(
        lambda module, given, output: module.forward(torch.ones_like(given[0])) * 0 + output
    )
    for each in (run, other):
        each.take()
    assert run.state().digest() != other.state().digest()


def test_nothing_is_noted_where_nothing_is_drawn() -> None:
    network = Run(make_job(graph=DROPPING)).network
    x = torch.zeros(3, 2, dtype=torch.float64)
    with watched(network.eval(), on=True) as quiet:
        network({"x": x})
    with watched(network.train(), on=False) as off:
        network({"x": x})
    with watched(network.train(), on=True) as noted:
        network({"x": x})
    assert (dict(quiet), dict(off), set(noted)) == ({}, {}, {"drop"})


def shown(timeline: Timeline, **settings: Any) -> Frame:
    return make_probe("mask", **settings).look(timeline.view())


def test_the_pinned_example_is_shown_if_it_was_in_the_minibatch() -> None:
    timeline = Timeline(Run(make_job(graph=DROPPING)))
    timeline.take(observe=True)
    seen = timeline.run.observation
    assert seen is not None
    (dropped,) = seen.dropped.values()
    for row, example in enumerate(seen.ids.tolist()):
        found_here = shown(timeline, node="norm", example=example)
        assert found_here.example == example
        kept = dropped.factors[row].numpy() != 0
        assert np.array_equal(array(found_here, "mask"), kept)
        assert np.array_equal(array(found_here, "input"), dropped.input[row].numpy())
        assert np.array_equal(array(found_here, "output"), dropped.output[row].numpy())
        assert found(found_here, "mask").node == "drop"
        assert found_here.reading is not None
        assert found_here.reading.key == "mask.dropped"
        assert found_here.reading.values == {
            "example": example,
            "off": int((~kept).sum()),
            "count": 6,
            "share": float((~kept).mean()),
            "p": 0.4,
        }
    absent = next(each for each in seen_ids(timeline) if each not in seen.ids)
    instead = shown(timeline, example=absent).reading
    assert instead is not None
    assert (instead.key, instead.values["asked"]) == ("mask.instead", absent)
    assert instead.values["example"] == int(seen.ids[0])
    assert shown(timeline).example == int(seen.ids[0])


def seen_ids(timeline: Timeline) -> list[int]:
    ids: list[int] = timeline.run.examples.train.ids.tolist()
    return ids


def test_a_past_step_shows_the_mask_that_it_had() -> None:
    timeline = Timeline(Run(make_job(graph=DROPPING)))
    masks = []
    for _ in range(9):
        timeline.take(observe=True)
        masks.append(array(shown(timeline), "mask"))
    assert len({mask.tobytes() for mask in masks}) > 3
    for step in (3, 7):
        past = make_probe("mask").look(timeline.view(step))
        assert np.array_equal(array(past, "mask"), masks[step - 1])


def test_it_travels_and_is_cut_where_there_is_too_much() -> None:
    timeline = Timeline(Run(make_job(**MAPS)))
    timeline.take(observe=True)
    whole = shown(timeline, node="conv", most=6000)
    part = shown(timeline, node="drop", most=100)
    assert (whole.details["shape"], whole.details["left_out"]) == ([6, 30, 30], 0)
    assert part.details["left_out"] == 6 * 30 * 30 - 100
    assert np.array_equal(array(part, "output"), array(whole, "output")[:100])
    assert found(shown(timeline, node="thin"), "mask").node == "thin"
    message = frame.wire(whole, "mask")
    packed = msgspec.msgpack.encode({**message, "subscription": 1, "run": "abcd1234"})
    FrameMessage.model_validate(msgspec.msgpack.decode(packed))
    assert json.loads(json.dumps(frame.plain(whole, "mask"), allow_nan=False))["arrays"]


def test_where_there_is_no_mask_it_says_why() -> None:
    timeline = Timeline(Run(make_job(graph=DROPPING)))
    with pytest.raises(ProbeError, match="No step has been taken yet"):
        shown(timeline)
    timeline.take()
    with pytest.raises(ProbeError, match="was not watched"):
        make_probe("mask").look(timeline.run.view())
    with pytest.raises(ProbeError, match="Nothing is dropped in `out`"):
        shown(timeline, node="out")
    with pytest.raises(ProbeError, match="has no node `nowhere`"):
        shown(timeline, node="nowhere")
    plain = Timeline(Run(make_job()))
    with pytest.raises(ProbeError, match="Nothing is dropped in this network"):
        shown(plain)
