"""What steps tell, gathered between two messages: every step up to 1,000 a second, above that buckets."""

import numpy as np

from neurarium.sessions import limits
from neurarium.sessions.protocol import Series
from neurarium.training.run import Report

INTERVAL = 0.04
"""Seconds between two messages: 25 a second."""
POINTS_PER_SECOND = 1000.0
SPARE = 100.0
"""Points that a slow moment may save up for the next."""
EACH_STEP = ("loss", "penalty", "lr")


class Gathering:
    """Steps of one run that were taken and not yet told."""

    def __init__(self, now: float) -> None:
        self._reports: list[Report] = []
        self._sent = now
        self._allowed = SPARE
        self.is_urgent = False
        """Whether somebody waits for the next point: it goes at once."""

    def add(self, report: Report) -> None:
        """Take in one step."""
        self._reports.append(report)

    def is_due(self, now: float) -> bool:
        """Whether what was gathered should be told now."""
        if not self._reports:
            return False
        full = len(self._reports) >= limits.POINTS_GATHERED
        return self.is_urgent or full or now - self._sent >= INTERVAL

    def wait(self, now: float) -> float | None:
        """Seconds until something is due; None if nothing was gathered."""
        return max(0.0, self._sent + INTERVAL - now) if self._reports else None

    def take(self, now: float) -> list[Series]:
        """Hand over all that was gathered, and begin anew."""
        reports, self._reports = self._reports, []
        self._allowed = min(SPARE, self._allowed) + (now - self._sent) * POINTS_PER_SECOND
        self._allowed = min(self._allowed, SPARE + 2 * INTERVAL * POINTS_PER_SECOND)
        self._sent, self.is_urgent = now, False
        if not reports:
            return []
        size = -(-len(reports) // max(1, int(self._allowed)))
        self._allowed = max(0.0, self._allowed - len(reports) / size)
        return [*_each_step(reports, size), *_evaluations(reports)]


def _each_step(reports: list[Report], size: int) -> list[Series]:
    steps = [report.step for report in reports]
    ends = [steps[min(start + size, len(steps)) - 1] for start in range(0, len(steps), size)]
    counts = [min(size, len(steps) - start) for start in range(0, len(steps), size)]
    return [
        _curve(name, [getattr(report, name) for report in reports], ends, counts)
        for name in EACH_STEP
    ]


def _curve(name: str, values: list[float], ends: list[int], counts: list[int]) -> Series:
    """Put the values of consecutive steps into buckets; a bucket keeps its least and greatest, so no spike is lost."""
    if len(values) == len(ends):
        return Series(name, ends, counts, [[value] for value in values])
    starts = np.cumsum([0, *counts[:-1]])
    numbers = np.array(values, dtype=np.float64)
    low, high = np.fmin.reduceat(numbers, starts), np.fmax.reduceat(numbers, starts)
    mean = np.clip(np.add.reduceat(numbers, starts) / np.array(counts), low, high)
    return Series(name, ends, counts, *([[x] for x in part.tolist()] for part in (mean, low, high)))


def _evaluations(reports: list[Report]) -> list[Series]:
    """Whole sets are looked at now and then: those points are always exact."""
    evaluated = [(report.step, report.evaluation) for report in reports if report.evaluation]
    names = dict.fromkeys(name for _, values in evaluated for name in values)
    series = []
    for name in names:
        points = [(step, values[name]) for step, values in evaluated if name in values]
        steps, values = [step for step, _ in points], [[value] for _, value in points]
        series.append(Series(name, steps, [1] * len(steps), values))
    return series
