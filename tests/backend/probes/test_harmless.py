"""Looking never changes a run: trained with every probe looked at after every step, it has the same bits."""

import contextlib
import functools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch

from neurarium.capture.capture import capture_run
from neurarium.probe import ProbeError
from neurarium.probes import PROBES
from neurarium.sessions.timeline import Timeline
from neurarium.training.job import Job
from neurarium.training.run import Run
from neurarium.training.view import View
from tests.backend.probes import sequences
from tests.backend.probes.runs import graph, make_job, make_probe, node, preset

STEPS = 12
FEW = {"words": 3}
"""Steps of jobs that take long."""
DROPPING = graph(
    [
        node("h", "Linear", "x", out_features=6),
        node("norm", "BatchNorm1d", "h"),
        node("bend", "ReLU", "norm"),
        node("drop", "Dropout", "bend", p=0.4),
        node("out", "Linear", "drop", out_features=1),
    ]
)
JOBS: dict[str, Callable[[], Job]] = {
    "words": lambda: sequences.job(sequences.looker()),
    "circles": lambda: preset("mlp-circles"),
    "mark1": lambda: preset("perceptron-mark1"),
    "curve": lambda: preset("mlp-curve"),
    "dropout": lambda: make_job(graph=DROPPING, precision="float32"),
    "momentum": lambda: make_job(optimizer={"kind": "SGD", "lr": 0.1, "momentum": 0.9}),
}
OF_MAPS = {"rf", "filter"}
"""Probes that look at images."""
OF_WORDS = {"attention", "attend", "decode", "effect_of_head", "lengths", "recurrence", "alone"}
"""Probes that look at words."""


def seen_by(kind: str) -> Job:
    """A job in which a probe finds something to look at."""
    if kind == "mask":
        return JOBS["dropout"]()
    if kind == "residual":
        return sequences.job(sequences.translator())
    if kind in OF_WORDS:
        return sequences.job(sequences.looker())
    return preset("lenet5") if kind in OF_MAPS else make_job()


def graphed(timeline: Timeline, view: View) -> View:
    """A view that has the computational graph, if a probe asks for it."""
    return replace(view, captured=functools.partial(capture_run, timeline.run))


def look_with_everything(view: View) -> None:
    for kind in PROBES:
        with contextlib.suppress(ProbeError):
            make_probe(kind).look(view)


def train(job: Job, look: Callable[[View], None] | None, observe: bool, steps: int = STEPS) -> str:
    timeline = Timeline(Run(job))
    for _ in range(steps):
        timeline.take(observe=observe)
        if look:
            look(timeline.run.view())
    return timeline.run.state().digest()


@pytest.mark.slow
@pytest.mark.parametrize("name", JOBS)
def test_training_has_the_same_bits_with_every_probe_looking(name: str) -> None:
    steps = FEW.get(name, STEPS)
    looked_at = train(JOBS[name](), look_with_everything, True, steps)
    assert looked_at == train(JOBS[name](), None, False, steps)


def touch(view: View) -> None:
    """What a careless probe would do."""
    with torch.no_grad():
        next(view.network.parameters()).mul_(1 + 1e-7)


def test_a_probe_that_changes_a_weight_by_a_hair_is_found_out() -> None:
    assert train(JOBS["circles"](), touch, True) != train(JOBS["circles"](), None, False)


@pytest.mark.slow
@pytest.mark.parametrize("kind", PROBES)
@pytest.mark.parametrize("name", JOBS)
def test_a_look_leaves_no_trace(name: str, kind: str) -> None:
    timeline = Timeline(Run(JOBS[name]()))
    timeline.take(observe=True)
    view = timeline.view()
    view.network.train()
    before = trace(view)
    with contextlib.suppress(ProbeError):
        make_probe(kind).look(view)
    assert trace(view) == before


def trace(view: View) -> dict[str, Any]:
    """Everything that a look could leave behind."""
    state = {**dict(view.network.named_parameters()), **dict(view.network.named_buffers())}
    return {
        "modes": [module.training for module in view.network.modules()],
        "values": {name: value.detach().numpy().tobytes() for name, value in state.items()},
        "versions": {name: value._version for name, value in state.items()},
        "gradients": {name: id(value.grad) for name, value in view.network.named_parameters()},
        "frozen": [value.requires_grad for value in view.network.parameters()],
        "random": torch.get_rng_state().numpy().tobytes(),
        "hooks": [len(module._forward_hooks) for module in view.network.modules()],
        "members": [sorted(vars(module)) for module in view.network.modules()],
        "grad mode": torch.is_grad_enabled(),
    }


def test_a_look_that_fails_restores_the_mode_too() -> None:
    timeline = Timeline(Run(JOBS["dropout"]()))
    timeline.take(observe=True)
    view = timeline.view()
    view.network.train()

    def fail(*_: object) -> None:
        raise RuntimeError("on purpose")

    hook = view.network.get_submodule("bend").register_forward_pre_hook(fail)
    with pytest.raises(RuntimeError, match="on purpose"):
        make_probe("value").look(view)
    hook.remove()
    assert all(module.training for module in view.network.modules())


# `replay` tells just how a past step came to be shown, which the present was not.
@pytest.mark.slow
@pytest.mark.parametrize("kind", sorted(set(PROBES) - {"replay"}))
def test_a_past_step_looks_as_it_did_when_it_was_the_present(kind: str) -> None:
    timeline = Timeline(Run(seen_by(kind)))
    for _ in range(6):
        timeline.take(observe=True)
    then = make_probe(kind).look(graphed(timeline, timeline.view()))
    for _ in range(7):
        timeline.take(observe=True)
    now = make_probe(kind).look(graphed(timeline, timeline.view(6)))
    assert now.reading == then.reading
    assert now.details == then.details
    assert [picture.values.tobytes() for picture in now.pictures] == [
        picture.values.tobytes() for picture in then.pictures
    ]


@pytest.mark.parametrize("kind", PROBES)
def test_a_frame_stays_as_it_is_while_the_run_goes_on(kind: str) -> None:
    timeline = Timeline(Run(seen_by(kind)))
    for _ in range(6):
        timeline.take(observe=True)
    frame = make_probe(kind).look(graphed(timeline, timeline.run.view()))
    then = [picture.values.tobytes() for picture in frame.pictures]
    for _ in range(3):
        timeline.take(observe=True)
    assert [picture.values.tobytes() for picture in frame.pictures] == then
