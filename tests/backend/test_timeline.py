"""The past of a run: any step shown exactly as it was, gone back to, or forked, in bounded memory."""

import base64
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch

from neurarium.plane import PointEdit
from neurarium.sessions import timeline as timelines
from neurarium.sessions.timeline import Timeline
from neurarium.training.command import AnyCommand, Change, CommandError, EditPoint, SetWeight
from neurarium.training.divergence import Diverged, is_finite
from neurarium.training.engine.contract import Outcome
from neurarium.training.engine.plain import Plain
from neurarium.training.run import Run
from neurarium.training.state import State
from tests.backend.probes.runs import preset
from tests.backend.training.jobs import dropping, graph, linear, make_job, mlp

COMMANDS: dict[int, AnyCommand] = {
    0: Change(changes={"dataset.noise": 0.3}),
    9: Change(changes={"optimizer": {"kind": "Adam", "lr": 0.02}}),
    20: EditPoint(point=PointEdit(id=7000, x1=1, x2=1, label=0)),
    33: SetWeight(parameter="hidden.weight", index=(1, 1), value=2.5),
    40: Change(changes={"dataset.features": ["x2", "x1_x2", "x1"]}),
    50: Change(changes={"batch.policy": "full"}),
}
"""Given after the step of this number."""


def train(timeline: Timeline, until: int) -> str:
    """Go on, with commands and a few steps of one example, and say the state's digest."""
    run = timeline.run
    while run.step < until:
        given = {effect.step for effect in timeline.journal}
        if run.step in COMMANDS and run.step not in given:
            timeline.apply(COMMANDS[run.step])
        timeline.take("example" if run.step % 7 == 3 else "minibatch")
    return run.state().digest()


@pytest.mark.slow
@pytest.mark.parametrize("network", [mlp(), dropping()], ids=["chain", "dropout"])
def test_every_past_step_is_shown_exactly_as_it_was(network: dict[str, Any]) -> None:
    skipped = {} if network == mlp() else {33: "", 40: ""}
    commands = {step: command for step, command in COMMANDS.items() if step not in skipped}
    timeline = Timeline(Run(make_job(graph=network, seed=1)))
    states: dict[int, str] = {}
    seen: dict[int, Any] = {}
    while timeline.run.step < 70:
        step = timeline.run.step
        if step in commands:
            timeline.apply(commands[step])
        states[step] = timeline.run.state().digest()
        timeline.take("example" if step % 7 == 3 else "minibatch", observe=True)
        seen[step + 1] = timeline.run.observation
    live = timeline.run.state().digest()
    steps = np.random.default_rng(0).permutation(70).tolist()
    for step in [*steps, *range(69, -1, -1), *range(70)]:
        view = timeline.view(step)
        assert view.step == step
        assert timeline.state(step).digest() == states[step]
        assert (view.observation is None) == (step == 0)
        if step:
            same_observation(view.observation, seen[step])
    assert timeline.run.state().digest() == live


def same_observation(ours: Any, theirs: Any) -> None:
    assert ours.ids.tolist() == theirs.ids.tolist()
    assert ours.losses.tolist() == theirs.losses.tolist()
    assert ours.lr == theirs.lr
    for name, gradient in theirs.gradients.items():
        assert torch.equal(ours.gradients[name], gradient)
        assert torch.equal(ours.updates[name], theirs.updates[name])


def test_the_present_is_the_live_run_with_what_went_into_its_step() -> None:
    timeline = Timeline(Run(make_job()))
    assert timeline.view().observation is None
    for _ in range(10):
        timeline.take()
    view = timeline.view()
    assert view.network is timeline.run.network
    assert view.observation is not None
    assert timeline.view(observed=False).observation is None
    other = Run(make_job())
    for _ in range(10):
        other.take(observe=True)
    same_observation(view.observation, other.observation)


def test_the_present_shows_a_weight_that_was_just_set() -> None:
    timeline = Timeline(Run(make_job()))
    for _ in range(6):
        timeline.take()
    timeline.view(6)
    timeline.apply(SetWeight(parameter="hidden.weight", index=(0, 0), value=9))
    for view in (timeline.view(), timeline.view(6)):
        assert view.network.get_parameter("hidden.weight")[0, 0] == 9
    timeline.take()
    assert timeline.view(6).network.get_parameter("hidden.weight")[0, 0] == 9


@pytest.mark.parametrize("step", [0, 1, 9, 32, 33, 41, 59])
def test_who_goes_back_and_on_again_arrives_at_the_same_place(step: int) -> None:
    timeline = Timeline(Run(make_job(seed=1)))
    arrived = train(timeline, 60)
    timeline.rewind(step)
    assert timeline.run.step == step
    assert max(timeline.steps()) <= step
    assert all(effect.step <= step for effect in timeline.journal)
    assert train(timeline, 60) == arrived


def test_a_rewound_run_forgets_what_came_after() -> None:
    timeline = Timeline(Run(make_job()))
    train(timeline, 60)
    timeline.rewind(30)
    with pytest.raises(ValueError, match="steps 0 to 30, not at 45"):
        timeline.view(45)
    other = Timeline(Run(make_job()))
    train(other, 30)
    for each in (timeline, other):
        each.apply(Change(changes={"optimizer.lr": 0.3}))
        for _ in range(10):
            each.take()
    assert timeline.run.state().digest() == other.run.state().digest()


def test_settings_made_before_the_start_stay_when_going_back_to_it() -> None:
    timeline = Timeline(Run(make_job()))
    timeline.apply(Change(changes={"optimizer.lr": 0.7}))
    timeline.take()
    timeline.rewind(0)
    assert timeline.run.job.optimizer.lr == 0.7


def test_a_fork_goes_on_as_the_run_did() -> None:
    timeline = Timeline(Run(make_job(seed=1)))
    arrived = train(timeline, 60)
    fork = Run(make_job())
    fork.restore(State.loads(timeline.state(52).dumps()))
    forked = Timeline(fork)
    assert forked.steps() == [52]
    while fork.step < 60:
        forked.take("example" if fork.step % 7 == 3 else "minibatch")
    assert fork.state().digest() == arrived
    same = forked.view(55)
    same_observation(same.observation, timeline.view(55).observation)


def test_early_steps_are_kept_densely_and_late_ones_evenly() -> None:
    timeline = Timeline(Run(make_job(steps=100_000)))
    for _ in range(400):
        timeline.take()
    assert timeline.steps()[:12] == [0, 4, 8, 16, 24, 32, 48, 64, 96, 128, 160, 192]


def test_snapshots_are_bounded_in_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timelines, "MOST", 20)
    timeline = Timeline(Run(make_job(steps=100_000)))
    for _ in range(1500):
        timeline.take()
        assert len(timeline.steps()) <= 21
    late = [step for step in timeline.steps() if step > 200]
    assert {b - a for a, b in pairwise(late)} == {128}
    assert timeline.steps()[:4] == [0, 4, 8, 16]


def test_snapshots_are_bounded_in_memory() -> None:
    run = Run(make_job(steps=100_000, optimizer={"kind": "Adam"}))
    size = run.state().nbytes
    timeline = Timeline(run, memory=30 * size)
    for _ in range(1500):
        timeline.take()
    assert 3 < len(timeline.steps()) < 30
    whole = Run(run.job)
    for _ in range(777):
        whole.take()
    assert timeline.state(777).digest() == whole.state().digest()


def test_a_run_too_large_for_any_snapshot_still_has_its_past() -> None:
    timeline = Timeline(Run(make_job()), memory=1)
    for _ in range(50):
        timeline.take()
    assert timeline.steps() == [0]
    whole = Run(make_job())
    for _ in range(20):
        whole.take()
    assert timeline.state(20).digest() == whole.state().digest()


def test_a_weight_over_time() -> None:
    timeline = Timeline(Run(make_job()))
    expected = {0: timeline.run.state().tensors["parameter.hidden.weight"]}
    for _ in range(40):
        timeline.take()
        expected[timeline.run.step] = timeline.run.state().tensors["parameter.hidden.weight"]
    steps, values = timeline.past("hidden.weight")
    assert steps.tolist() == [0, 3, 7, 15, 23, 31]
    assert all(
        torch.equal(value, expected[step])
        for step, value in zip(steps.tolist(), values, strict=True)
    )
    past = timeline.view(16).past
    assert past is not None
    assert past("hidden.weight")[0].tolist() == [0, 3, 7, 15]


def test_a_refused_command_is_not_in_the_journal() -> None:
    timeline = Timeline(Run(make_job()))
    with pytest.raises(CommandError):
        timeline.apply(Change(changes={"seed": 1}))
    assert timeline.journal == []


def test_after_divergence_the_run_stands_at_its_last_good_step() -> None:
    deep = graph(linear("a", 4, "x"), linear("b", 4, "a"), linear("c", 1, "b"))
    job = make_job(graph=deep, loss={"kind": "SquaredError"})
    timeline = Timeline(Run(job))
    for _ in range(20):
        timeline.take()
    timeline.apply(Change(changes={"optimizer.lr": 1e6}))
    divergence = diverge(timeline)
    assert divergence.step == timeline.run.step >= 20
    assert is_finite(timeline.run.network)
    timeline.rewind(20)
    timeline.apply(Change(changes={"optimizer.lr": 0.01}))
    for _ in range(20):
        timeline.take()


def test_what_norms_noted_down_in_a_step_that_diverged_is_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    timeline = Timeline(Run(make_job(graph=dropping())))
    for _ in range(20):
        timeline.take()
    before = timeline.run.state().digest()
    backward = Plain.backward

    def diverging(engine: Plain, batch: Any, step: int) -> Outcome:
        outcome = backward(engine, batch, step)
        return outcome._replace(loss=float("inf")) if step == 20 else outcome

    monkeypatch.setattr(Plain, "backward", diverging)
    assert diverge(timeline).step == 20
    assert timeline.run.state().digest() == before


def test_parameters_that_overflowed_unnoticed_are_gone_back_from(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A step may make parameters infinite while its own loss was finite: that step is taken back."""
    timeline = Timeline(Run(make_job()))
    for _ in range(20):
        timeline.take()
    good = timeline.run.state().digest()
    timeline.apply(Change(changes={"regulariser": {"kind": "L1", "strength": 1e6}}))
    timeline.apply(Change(changes={"optimizer.lr": 1e6}))
    timeline.apply(SetWeight(parameter="output.weight", index=(0, 0), value=1e9))
    update = type(timeline.run.engine).update
    monkeypatch.setattr(type(timeline.run.engine), "update", lambda e, lr: update(e, lr * 1e30))
    divergence = diverge(timeline)
    assert divergence.step == timeline.run.step == 20
    assert is_finite(timeline.run.network)
    assert timeline.run.state().digest() != good  # the commands given there are still in force
    assert timeline.run.job.optimizer.lr == 1e6


def diverge(timeline: Timeline) -> Diverged:
    try:
        for _ in range(200):
            timeline.take()
    except Diverged as divergence:
        return divergence
    pytest.fail("All numbers stayed finite.")


def test_the_past_is_shown_what_a_person_shows_the_network_now() -> None:
    timeline = Timeline(Run(preset("lenet5").model_copy(update={"steps": 6})))
    for _ in timeline:
        continue
    before = timeline.view(3).network.state_dict()
    drawn = {"label": 4, "pixels": base64.b64encode(bytes(28 * 28)).decode()}
    timeline.apply(Change(changes={"dataset.drawings": [drawn]}))
    then = timeline.view(3)
    assert then.examples is timeline.run.examples
    assert len(then.examples.validation) == 360
    for name, value in then.network.state_dict().items():
        assert torch.equal(value, before[name]), name
    # Other data are other data: what was learned from them is shown with them.
    timeline.apply(Change(changes={"dataset.jitter": 0.5}))
    assert timeline.view(3).examples is not timeline.run.examples
