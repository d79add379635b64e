"""Steps become points: each one up to 1,000 a second, above that buckets that lose no spike."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurarium.sessions import limits
from neurarium.sessions.gathering import INTERVAL, Gathering
from neurarium.sessions.protocol import Packed, Series
from neurarium.training.report import Report, Reports
from tests.backend.sessions.house import is_complete


def report(step: int, loss: float = 0.5, evaluation: dict[str, float] | None = None) -> Reports:
    return Reports.of(Report(step, step / 10, loss, 0.0, 0.1, evaluation))


def gather(rate: float, seconds: float, loss: float = 0.5) -> list[Series]:
    """What is told of a run that takes steps at an even rate."""
    gathering, told, now = Gathering(0.0), list[Packed](), 0.0
    for step in range(1, int(rate * seconds) + 1):
        now = step / rate
        gathering.add(report(step, loss))
        if gathering.is_due(now):
            told += gathering.take(now)
    return [part.series for part in told + gathering.take(now) if part.name == "loss"]


@pytest.mark.parametrize("rate", [10, 999, 1000])
def test_up_to_a_thousand_steps_a_second_every_step_is_told(rate: float) -> None:
    told = gather(rate, 3)
    assert all(part.counts == [1] * len(part.steps) for part in told)
    assert [step for part in told for step in part.steps] == list(range(1, int(3 * rate) + 1))
    assert all(part.low is None and part.high is None for part in told)


@pytest.mark.slow
@pytest.mark.parametrize("rate", [1300, 5000, 40_000])
def test_above_that_buckets_stand_for_all_steps(rate: float) -> None:
    told = gather(rate, 3)
    points = [point for part in told for point in zip(part.steps, part.counts, strict=True)]
    assert is_complete(points)
    assert points[-1][0] == 3 * rate
    assert len(points) <= 3 * 1000 + 200
    assert len(told) <= 3 * 25 + 2
    assert max(count for _, count in points) > 1


@given(st.integers(1, 3000), st.integers(0, 2999), st.sampled_from([50.0, -7.0, math.inf]))
def test_no_spike_is_lost(steps: int, place: int, spike: float) -> None:
    gathering = Gathering(0.0)
    for step in range(1, steps + 1):
        gathering.add(report(step, spike if step == place % steps + 1 else 0.5))
    loss = next(part.series for part in gathering.take(INTERVAL) if part.name == "loss")
    ends = [*(loss.high or loss.values), *(loss.low or loss.values)]
    assert [spike] in ends
    assert sum(loss.counts) == steps


def test_a_number_that_is_none_hides_no_other() -> None:
    gathering = Gathering(0.0)
    for step in range(1, 1001):
        gathering.add(report(step, math.nan if step == 500 else step))
    loss = next(part.series for part in gathering.take(INTERVAL) if part.name == "loss")
    assert loss.high is not None
    assert sum(math.isnan(value[0]) for value in loss.values) == 1
    assert not any(math.isnan(value[0]) for value in loss.high)


def test_evaluations_are_always_exact() -> None:
    gathering = Gathering(0.0)
    for step in range(1, 2001):
        gathering.add(report(step, 0.5, {"train_loss": step} if step % 100 == 0 else None))
    told = {part.name: part.series for part in gathering.take(INTERVAL)}
    assert told["train_loss"].steps == list(range(100, 2001, 100))
    assert told["train_loss"].counts == [1] * 20


def test_it_is_due_at_once_when_somebody_waits_and_at_its_bound() -> None:
    gathering = Gathering(0.0)
    assert gathering.wait(0.0) is None
    gathering.add(report(1))
    assert not gathering.is_due(INTERVAL / 2)
    assert gathering.wait(INTERVAL / 2) == pytest.approx(INTERVAL / 2)
    gathering.is_urgent = True
    assert gathering.is_due(0.001)
    gathering.take(0.001)
    assert not gathering.is_urgent
    for step in range(limits.POINTS_GATHERED):
        assert not gathering.is_due(0.002)
        gathering.add(report(step))
    assert gathering.is_due(0.002)


def test_many_steps_at_one_stroke_are_told_as_if_taken_one_by_one() -> None:
    strokes, singles = Gathering(0.0), Gathering(0.0)
    for first in range(1, 1001, 50):
        losses = np.arange(first, first + 50) / 7
        ended = {"train_loss": float(first)}
        strokes.add(Reports(first, first / 10, losses, 0 * losses, 1 + losses, ended))
        for place, loss in enumerate(losses.tolist()):
            evaluation = ended if place == 49 else None
            told = Report(first + place, 0.0, loss, 0.0, 1 + loss, evaluation)
            singles.add(Reports.of(told))
    assert strokes.take(INTERVAL) == singles.take(INTERVAL)
