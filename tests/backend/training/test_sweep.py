"""Copies that differ in one number are trained as runs of their own would be."""

import math
from typing import Any

import pytest
import torch

from neurarium.training.command import Change, CommandError
from neurarium.training.job import Job
from neurarium.training.replicas import PORTION, Pace, Replicas, begin, replicate
from neurarium.training.run import Run
from neurarium.training.state import State
from neurarium.training.sweep import MARKS, Mark, marks, sweep
from tests.backend.sessions.house import job
from tests.backend.training.jobs import dropping, make_job, mlp

RATES = [0.01, 0.1, 0.5]
STEPS = 30


def finished(work: Any) -> Any:
    """Go through all portions; return what comes out at the end."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value


def trained(given: Job | None = None, steps: int = 40) -> Run:
    run = Run(given or job(), "cpu")
    for _ in range(steps):
        run.take()
    return run


def swept(replicas: Replicas, steps: int = STEPS) -> list[Mark]:
    return [mark for mark in sweep(replicas, steps) if mark is not None]


def alone(state: State, key: str, value: float) -> Run:
    """The run that a person would have got with that value."""
    run = Run(state.facts.job, "cpu")
    run.restore(state)
    run.apply(Change(changes={key: value}))
    return run


def check(replica: int, replicas: Replicas, found: list[Mark], run: Run) -> None:
    """Hold every mark of a copy, and its last state, against a run of its own."""
    start = run.step
    for mark in found:
        while run.step < start + mark.steps:
            run.take()
        expected = run.evaluate()
        assert {name: mark.evaluation[name][replica] for name in expected} == pytest.approx(
            expected, rel=1e-5, abs=1e-7
        )
    ours, theirs = replicas.state(replica), run.state()
    assert ours.tensors.keys() == theirs.tensors.keys()
    for name, value in theirs.tensors.items():
        torch.testing.assert_close(ours.tensors[name], value, rtol=1e-5, atol=0)
    place = "step", "epoch", "offset"
    assert [getattr(ours.facts, each) for each in place] == [
        getattr(theirs.facts, each) for each in place
    ]


SETTINGS: dict[str, list[Any]] = {
    "optimizer.lr": [0.003, 0.02, 0.0202, 0.1],
    "optimizer.momentum": [0.0, 0.5, 0.9],
    "regulariser.strength": [0.0, 0.001, 0.1],
    "dataset.noise": [0.0, 0.1, 0.4],
    "schedule.warmup": [1, 20],
}
LONG = 200


@pytest.mark.parametrize("key", SETTINGS)
def test_in_lockstep_each_copy_is_the_run_with_that_value(key: str) -> None:
    base = make_job(
        optimizer={"kind": "SGD", "lr": 0.05, "momentum": 0.3},
        regulariser={"kind": "L2", "strength": 0.01},
        schedule={"kind": "Cosine", "warmup": 5},
        steps=600,
    )
    run = trained(base)
    replicas = finished(replicate(run.state(), "cpu", key, SETTINGS[key], LONG))
    found = swept(replicas, LONG)
    assert replicas.engine == "lockstep"
    assert len(found) == MARKS + 1
    for replica, value in enumerate(SETTINGS[key]):
        check(replica, replicas, found, alone(run.state(), key, value))


def test_in_lockstep_each_seed_is_the_run_from_that_seed() -> None:
    seeds = list(range(1, 65))
    replicas = finished(begin(job(), "cpu", "seed", seeds, LONG))
    found = swept(replicas, LONG)
    assert replicas.engine == "lockstep"
    for replica in (0, 1, 40, 63):
        check(replica, replicas, found, Run(job(seed=seeds[replica]), "cpu"))
    with pytest.raises(AssertionError):  # the negative control: the run of another seed
        check(0, replicas, found, Run(job(seed=2), "cpu"))


IN_TURN: dict[str, tuple[Job, str, list[Any], str]] = {
    "network": (make_job(graph=dropping()), "optimizer.lr", [0.01, 0.1, 0.5], "plain"),
    "reference": (make_job(engine="plain"), "optimizer.lr", [0.01, 0.1, 0.5], "plain"),
    "batch": (make_job(), "batch.size", [4, 16], "fused"),
    "samples": (make_job(), "dataset.samples", [40, 60], "fused"),
}


@pytest.mark.parametrize("name", IN_TURN)
def test_what_is_no_one_program_is_trained_in_turn_bit_for_bit(name: str) -> None:
    base, key, values, engine = IN_TURN[name]
    run = trained(base, 13)
    replicas = finished(replicate(run.state(), "cpu", key, values, STEPS))
    last = swept(replicas)[-1]
    assert (replicas.engine, last.steps) == (engine, STEPS)
    for replica, value in enumerate(values):
        own = alone(run.state(), key, value)
        for _ in range(STEPS):
            own.take()
        assert replicas.state(replica).digest() == own.state().digest()
        assert last.evaluation["train_loss"][replica] == own.evaluate()["train_loss"]


def test_a_portion_is_as_large_as_time_allows() -> None:
    pace = Pace()
    assert pace.within(PORTION, 64) == 1
    for _ in range(40):
        pace.note(64e-6, 64)
    assert pace.within(PORTION, 10_000) == pytest.approx(2000, rel=0.01)
    assert pace.within(PORTION, 10_000, each=32) == pytest.approx(62, abs=1)
    assert pace.within(PORTION, 64) == 64
    for _ in range(40):
        pace.note(0.1, 2)
    assert pace.within(PORTION, 64) == 1


@pytest.mark.slow
def test_others_have_their_turn_between_portions() -> None:
    """64 copies are not taken through a thousand steps at one stroke."""
    replicas = finished(begin(job(), "cpu", "seed", list(range(64)), 1000))
    steps = [0]
    for mark in sweep(replicas, 1000):
        now = sum(run.step for run in replicas.runs)
        assert now - steps[-1] <= 32 * len(replicas)
        steps.append(now)
        assert mark is None or mark.steps * 64 == now
    assert steps[-1] == 64_000
    assert len(steps) > 2 * MARKS


def test_the_run_itself_is_not_touched() -> None:
    run = trained()
    before = run.state().digest()
    swept(finished(replicate(run.state(), "cpu", "optimizer.lr", RATES, STEPS)))
    assert run.state().digest() == before


def test_other_seeds_begin_anew_and_spread() -> None:
    seeds = [1, 2, 3, 4]
    last = swept(finished(begin(job(), "cpu", "seed", seeds, STEPS)))[-1]
    assert len(set(last.evaluation["train_loss"])) == len(seeds)
    with pytest.raises(CommandError):
        finished(replicate(trained().state(), "cpu", "seed", seeds, STEPS))


def test_what_diverges_is_infinite_and_does_not_stop_the_others() -> None:
    base = make_job(graph=mlp(kind="ReLU"), loss={"kind": "SquaredError"})
    replicas = finished(begin(base, "cpu", "optimizer.lr", [0.01, 1e6], STEPS))
    found = swept(replicas)[-1]
    assert replicas.engine == "lockstep"
    assert found.diverged == [False, True]
    assert math.isfinite(found.evaluation["train_loss"][0])
    assert found.evaluation["train_loss"][1] == math.inf
    assert found.steps == STEPS


def test_a_run_that_is_over_is_swept_all_the_same() -> None:
    run = Run(job(steps=20), "cpu")
    for _ in run:
        pass
    last = swept(finished(replicate(run.state(), "cpu", "optimizer.lr", RATES, STEPS)))[-1]
    assert last.steps == STEPS


@pytest.mark.parametrize("steps", [1, 2, MARKS, 1000, 9999])
def test_marks_go_from_the_start_to_the_last_step(steps: int) -> None:
    found = marks(steps)
    assert (found[0], found[-1]) == (0, steps)
    assert found == sorted(set(found))
    assert len(found) <= MARKS + 1


@pytest.mark.parametrize("key", ["optimizer.nonsense", "nonsense", "graph", "task.kind"])
def test_what_cannot_be_swept_is_refused_in_a_sentence(key: str) -> None:
    with pytest.raises(CommandError) as refused:
        finished(replicate(trained(steps=1).state(), "cpu", key, [1, 2], STEPS))
    assert str(refused.value).endswith(".")
