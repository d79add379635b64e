"""What steps tell, gathered between two messages: every step up to 1,000 a second, above that buckets."""

from typing import Literal

import numpy as np

from neurarium.sessions import limits
from neurarium.sessions.protocol import Series
from neurarium.training.report import Curve, Reports

INTERVAL = 0.04
"""Seconds between two messages: 25 a second."""
POINTS_PER_SECOND = 1000.0
SPARE = 100.0
"""Points that a slow moment may save up for the next."""
EACH_STEP: tuple[Literal["loss", "penalty", "lr"], ...] = ("loss", "penalty", "lr")


class Gathering:
    """Steps of one run that were taken and not yet told."""

    def __init__(self, now: float) -> None:
        self._reports: list[Reports] = []
        self._count = 0
        self._sent = now
        self._allowed = SPARE
        self.is_urgent = False
        """Whether somebody waits for the next point: it goes at once."""

    def add(self, reports: Reports) -> None:
        """Take in some steps."""
        self._reports.append(reports)
        self._count += len(reports.loss)

    def is_due(self, now: float) -> bool:
        """Whether what was gathered should be told now."""
        if not self._reports:
            return False
        full = self._count >= limits.POINTS_GATHERED
        return self.is_urgent or full or now - self._sent >= INTERVAL

    def wait(self, now: float) -> float | None:
        """Seconds until something is due; None if nothing was gathered."""
        return max(0.0, self._sent + INTERVAL - now) if self._reports else None

    def take(self, now: float) -> list[Series]:
        """Hand over all that was gathered, and begin anew."""
        reports, count = self._reports, self._count
        self._reports, self._count = [], 0
        self._allowed = min(SPARE, self._allowed) + (now - self._sent) * POINTS_PER_SECOND
        self._allowed = min(self._allowed, SPARE + 2 * INTERVAL * POINTS_PER_SECOND)
        self._sent, self.is_urgent = now, False
        if not reports:
            return []
        size = -(-count // max(1, int(self._allowed)))
        self._allowed = max(0.0, self._allowed - count / size)
        return [*_each_step(reports, size), *_evaluations(reports)]


def exactly(reports: list[Reports]) -> list[Series]:
    """Write steps as points, each by itself."""
    return [*_each_step(reports, 1), *_evaluations(reports)] if reports else []


def _each_step(reports: list[Reports], size: int) -> list[Series]:
    steps = np.concatenate([np.arange(each.first, each.step + 1) for each in reports])
    starts = np.arange(0, len(steps), size)
    ends = np.minimum(starts + size, len(steps))
    told, counts = steps[ends - 1].tolist(), (ends - starts).tolist()
    return [
        _curve(name, np.concatenate([getattr(each, name) for each in reports]), told, counts)
        for name in EACH_STEP
    ]


def _curve(name: str, values: Curve, ends: list[int], counts: list[int]) -> Series:
    """Put the values of consecutive steps into buckets; a bucket keeps its least and greatest, so no spike is lost."""
    if len(values) == len(ends):
        return Series(name, ends, counts, _column(values))
    starts = np.cumsum([0, *counts[:-1]])
    low, high = np.fmin.reduceat(values, starts), np.fmax.reduceat(values, starts)
    mean = np.clip(np.add.reduceat(values, starts) / np.array(counts), low, high)
    return Series(name, ends, counts, _column(mean), _column(low), _column(high))


def _column(values: Curve) -> list[list[float]]:
    return [[value] for value in values.tolist()]


def _evaluations(reports: list[Reports]) -> list[Series]:
    """Whole sets are looked at now and then: those points are always exact."""
    evaluated = [(report.step, report.evaluation) for report in reports if report.evaluation]
    names = dict.fromkeys(name for _, values in evaluated for name in values)
    series = []
    for name in names:
        points = [(step, values[name]) for step, values in evaluated if name in values]
        steps, values = [step for step, _ in points], [[value] for _, value in points]
        series.append(Series(name, steps, [1] * len(steps), values))
    return series
