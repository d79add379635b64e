"""Replicas in lockstep are the runs that each would be alone."""

from typing import Any

import numpy as np
import pytest
import torch

from neurarium.training.check import JobError
from neurarium.training.engine.fused import Fused
from neurarium.training.lockstep import Lockstep
from neurarium.training.run import Run
from tests.backend.training import textbook
from tests.backend.training.jobs import dropping, make_job, mlp, take

STEPS = 200


def until(lockstep: Lockstep, step: int) -> list[Any]:
    told = []
    while lockstep.step < step:
        told.append(lockstep.take_many(step - lockstep.step))
    return told


@pytest.mark.slow
@pytest.mark.parametrize("optimizer", textbook.OPTIMIZERS)
def test_each_replica_is_the_run_that_it_would_be_alone(optimizer: str) -> None:
    settings = textbook.OPTIMIZERS[optimizer][0]
    jobs = [
        make_job(
            seed=seed,
            optimizer={**settings, "lr": 0.02 * (1 + seed)},
            regulariser={"kind": "L2", "strength": 0.001 * seed},
            dataset={"noise": 0.05 * seed},
            steps=400,
        )
        for seed in range(5)
    ]
    together = Lockstep.of(jobs)
    assert all(type(run.engine) is Fused for run in together.runs)
    told = until(together, STEPS)
    for place, job in enumerate(jobs):
        alone = Run(job)
        reports = take(alone, STEPS)
        losses = np.concatenate([each.loss[place] for each in told])
        np.testing.assert_allclose(losses, [report.loss for report in reports], rtol=1e-5)
        ours, theirs = together.state(place).tensors, alone.state().tensors
        for name, value in theirs.items():
            torch.testing.assert_close(ours[name], value, rtol=1e-5, atol=0)
        evaluated = [e.evaluations[place] for e in told if e.evaluations[place]]
        expected = [report.evaluation for report in reports if report.evaluation]
        assert len(evaluated) == len(expected) > 3
        for one, other in zip(evaluated, expected, strict=True):
            assert one == pytest.approx(other, rel=1e-5, abs=1e-6)


def test_it_equals_separate_runs_of_the_reference() -> None:
    jobs = [make_job(seed=seed, precision="float64", steps=400) for seed in range(4)]
    together = Lockstep.of(jobs)
    until(together, STEPS)
    for place, job in enumerate(jobs):
        alone = Run(job, fast=False)
        take(alone, STEPS)
        for name, value in alone.state().tensors.items():
            torch.testing.assert_close(
                together.state(place).tensors[name], value, rtol=1e-5, atol=1e-9
            )


def test_a_network_of_any_kind_takes_its_steps_in_turn() -> None:
    jobs = [make_job(graph=dropping(), seed=seed) for seed in range(3)]
    together = Lockstep.of(jobs)
    until(together, 12)
    for place, job in enumerate(jobs):
        alone = Run(job)
        take(alone, 12)
        assert together.state(place).digest() == alone.state().digest()


def test_a_replica_becomes_a_run_of_its_own() -> None:
    jobs = [make_job(optimizer={"kind": "Adam", "lr": lr}, steps=90) for lr in (0.001, 0.01)]
    together = Lockstep.of(jobs)
    until(together, 50)
    own = Run(jobs[0])
    own.restore(together.state(1))
    assert own.job == jobs[1]
    take(own, 40)
    until(together, 90)
    assert own.state().digest() == together.state(1).digest()
    assert next(together, None) is None


def test_what_diverges_stands_still_and_the_others_go_on() -> None:
    changes: dict[str, Any] = {"graph": mlp(kind="ReLU"), "loss": {"kind": "SquaredError"}}
    jobs = [make_job(optimizer={"kind": "SGD", "lr": lr}, **changes) for lr in (0.05, 1e6, 0.1)]
    together = Lockstep.of(jobs)
    told = until(together, 40)
    assert list(together.diverged) == [1]
    assert together.runs[1].step == together.diverged[1].step < 40
    losses = np.concatenate([each.loss for each in told], axis=1)
    assert np.isnan(losses[1, -1])
    assert np.isfinite(losses[[0, 2]]).all()
    alone = Run(jobs[2])
    take(alone, 40)
    assert together.state(2).digest() == alone.state().digest()


def test_replicas_differ_in_numbers_only() -> None:
    with pytest.raises(JobError, match="`loss`"):
        Lockstep.of([make_job(), make_job(loss={"kind": "Hinge"})])
    with pytest.raises(JobError, match="kind of `optimizer`"):
        Lockstep.of([make_job(), make_job(optimizer={"kind": "Adam"})])
    with pytest.raises(JobError, match="one size"):
        Lockstep.of([make_job(), make_job(dataset={"samples": 80})])
    with pytest.raises(JobError, match="no job"):
        Lockstep.of([])
