"""Copies that differ in one number are trained as runs of their own would be."""

import math
from typing import Any

import numpy as np
import pytest

from neurarium.training.command import Change, CommandError
from neurarium.training.replicas import Replicas, begin, replicate
from neurarium.training.run import Run
from neurarium.training.sweep import MARKS, Mark, marks, sweep
from tests.backend.sessions.house import job
from tests.backend.training.jobs import make_job, mlp

RATES = [0.01, 0.1, 0.5]
STEPS = 30


def finished(work: Any) -> Any:
    """Go through all portions; return what comes out at the end."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value


def trained(steps: int = 40) -> Run:
    run = Run(job(), "cpu")
    for _ in range(steps):
        run.take()
    return run


def swept(replicas: Replicas, steps: int = STEPS) -> list[Mark]:
    return [mark for mark in sweep(replicas, steps) if mark is not None]


def test_each_copy_is_the_run_with_that_rate_bit_for_bit() -> None:
    run = trained()
    replicas = finished(replicate(run.state(), "cpu", "optimizer.lr", RATES, STEPS))
    last = swept(replicas)[-1]
    assert last.steps == STEPS
    for replica, rate in enumerate(RATES):
        alone = Run(run.job, "cpu")
        alone.restore(run.state())
        alone.apply(Change(changes={"optimizer.lr": rate}))
        for _ in range(STEPS):
            alone.take()
        assert replicas.state(replica).digest() == alone.state().digest()
        assert last.evaluation["train_loss"][replica] == alone.evaluate()["train_loss"]


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
    found = swept(finished(begin(base, "cpu", "optimizer.lr", [0.01, 1e6], STEPS)))[-1]
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
        finished(replicate(trained(1).state(), "cpu", key, [1, 2], STEPS))
    assert str(refused.value).endswith(".")


def test_an_unlucky_seed_is_seen_in_the_spread() -> None:
    """The spread over seeds is that of runs made one by one with these seeds."""
    seeds = [3, 4]
    last = swept(finished(begin(job(), "cpu", "seed", seeds, STEPS)))[-1]
    for replica, seed in enumerate(seeds):
        alone = Run(job(seed=seed), "cpu")
        for _ in range(STEPS):
            alone.take()
        np.testing.assert_equal(
            last.evaluation["train_loss"][replica], alone.evaluate()["train_loss"]
        )
