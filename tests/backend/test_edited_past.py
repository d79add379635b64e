"""The past of a run whose network was edited: shown, gone back to, forked and resumed bit for bit, over the edits."""

from itertools import count
from typing import Any

import pytest
import torch

from neurarium.sessions.archive import Snapshot
from neurarium.sessions.timeline import Timeline
from neurarium.training import steering
from neurarium.training.command import AnyCommand, Change, EditGraph, SetWeight
from neurarium.training.run import Run
from neurarium.training.state import State
from neurarium_models.graph import Graph
from tests.backend.training.jobs import activation, graph, linear, make_job

ADAM = {"kind": "Adam", "lr": 0.02}
MOMENTUM = {"kind": "SGD", "lr": 0.1, "momentum": 0.9}


def network(width: int, *, deep: bool = False, dropping: bool = False) -> EditGraph:
    last = "bend"
    nodes = [linear("hidden", width, "x"), activation("bend", "ReLU", "hidden")]
    if dropping:
        nodes += [
            activation("norm", "BatchNorm1d", last),
            activation("drop", "Dropout", "norm", p=0.2),
        ]
        last = "drop"
    if deep:
        nodes += [linear("mid", width, last), activation("bend2", "ReLU", "mid")]
        last = "bend2"
    return EditGraph(graph=Graph.model_validate(graph(*nodes, linear("output", 1, last))))


COMMANDS: dict[int, list[AnyCommand]] = {
    0: [network(6)],
    9: [Change(changes={"optimizer.lr": 0.03}), network(9)],
    20: [network(4), network(6), network(4)],
    33: [
        network(8, deep=True, dropping=True),
        SetWeight(parameter="mid.bias", index=(1,), value=1),
    ],
    40: [network(5, deep=True), Change(changes={"dataset.noise": 0.2})],
    47: [network(12)],
}
"""Given after the step of this number; of those at step 20 the last two take each other back."""


def train(timeline: Timeline, until: int) -> str:
    run = timeline.run
    while run.step < until:
        given = {effect.step for effect in timeline.journal}
        if run.step in COMMANDS and run.step not in given:
            for command in COMMANDS[run.step]:
                timeline.apply(command)
        timeline.take("example" if run.step % 7 == 3 else "minibatch")
    return run.state().digest()


def start(optimizer: dict[str, Any]) -> Timeline:
    return Timeline(Run(make_job(seed=1, steps=100, optimizer=optimizer)))


@pytest.mark.parametrize("optimizer", [ADAM, MOMENTUM], ids=["Adam", "SGD"])
def test_every_step_around_the_edits_is_shown_as_it_was(optimizer: dict[str, Any]) -> None:
    timeline = start(optimizer)
    states: dict[int, str] = {}
    while timeline.run.step < 60:
        for command in COMMANDS.get(timeline.run.step, []):
            timeline.apply(command)
        states[timeline.run.step] = timeline.run.state().digest()
        timeline.take(observe=True)
    live = timeline.run.state().digest()
    for step in [47, 3, 33, 20, 21, 8, 9, 10, 0, 40, 41, 59, 1]:
        assert timeline.state(step).digest() == states[step], step
        view = timeline.view(step)
        width = dict(view.network.named_parameters())["hidden.weight"].shape
        if view.observation is not None:
            assert view.observation.gradients["hidden.weight"].shape == width
    assert timeline.run.state().digest() == live


@pytest.mark.parametrize("step", [0, 8, 9, 20, 33, 41, 59])
def test_who_goes_back_over_an_edit_and_on_again_arrives_at_the_same_place(step: int) -> None:
    timeline = start(ADAM)
    arrived = train(timeline, 60)
    timeline.rewind(step)
    assert train(timeline, 60) == arrived


def test_a_fork_over_an_edit_goes_on_as_the_run_did() -> None:
    timeline = start(ADAM)
    arrived = train(timeline, 60)
    for step in (20, 33, 50):
        fork = Run(make_job())
        fork.restore(State.loads(timeline.state(step).dumps()))
        forked = Timeline(fork)
        forked.journal = [effect for effect in timeline.journal if effect.step <= step]
        assert train(forked, 60) == arrived


@pytest.mark.parametrize("given", [0, 1, 2, 3])
def test_a_resumed_run_gives_the_edits_again(given: int) -> None:
    """The checkpoint was written at step 20 after some of the edits there: what it holds, and the rest, is enough."""
    timeline = start(ADAM)
    train(timeline, 20)
    for command in COMMANDS[20][:given]:
        timeline.apply(command)
    checkpoint = Snapshot(State.loads(timeline.run.state().dumps()), len(timeline.journal))
    for command in COMMANDS[20][given:]:
        timeline.apply(command)
    arrived = train(timeline, 55)
    singles = [(step, step) for step in range(1, 56) if (step - 1) % 7 == 3]

    second = Timeline(Run(make_job(seed=1, steps=100, optimizer=ADAM)))
    second.first = checkpoint
    for _ in second.resume(55, timeline.journal, singles):
        continue
    assert second.run.state().digest() == arrived


def test_a_past_step_is_verified_over_an_edit() -> None:
    timeline = start(MOMENTUM)
    train(timeline, 60)
    for step in (9, 19, 34, 44):
        replay = timeline.view(step).replay
        assert replay is not None
        found = replay()
        assert found is not None
        assert found.identical


def test_draws_that_depended_on_anything_else_would_be_noticed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    draws = count()
    monkeypatch.setattr(steering, "derive", lambda *_: next(draws))
    timeline = start(MOMENTUM)
    train(timeline, 60)
    replay = timeline.view(9).replay
    assert replay is not None
    found = replay()
    assert found is not None
    assert not found.identical


def test_weights_over_time_and_kept_moments_are_those_of_this_network() -> None:
    timeline = start(MOMENTUM)
    train(timeline, 60)
    view = timeline.view()
    assert view.kept is not None
    assert {state.facts.job.graph == view.job.graph for state in view.kept()} <= {True}
    assert view.past is not None
    steps, values = view.past("mid.weight")
    assert all(33 <= step <= 47 for step in steps)
    assert all(isinstance(value, torch.Tensor) for value in values)
