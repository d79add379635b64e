"""What steps tell, gathered between two messages: every step up to 1,000 a second, above that buckets."""

from struct import pack
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from neurarium.sessions import limits
from neurarium.sessions.protocol import Packed
from neurarium.training.report import Curve, Reports

INTERVAL = 0.04
"""Seconds between two messages of a run that is alone: 25 a second."""
APART = 0.005
"""Seconds between any two messages of a worker in which many runs train: 200 a second, over all."""
LONGEST_INTERVAL = 0.2
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
        self.interval = INTERVAL
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
        return self.is_urgent or full or now - self._sent >= self.interval

    def wait(self, now: float) -> float | None:
        """Seconds until something is due; None if nothing was gathered."""
        return max(0.0, self._sent + self.interval - now) if self._reports else None

    def take(self, now: float) -> list[Packed]:
        """Hand over all that was gathered, and begin anew."""
        reports, count = self._reports, self._count
        self._reports, self._count = [], 0
        self._allowed = min(SPARE, self._allowed) + (now - self._sent) * POINTS_PER_SECOND
        self._allowed = min(self._allowed, SPARE + 2 * self.interval * POINTS_PER_SECOND)
        self._sent, self.is_urgent = now, False
        if not reports:
            return []
        size = -(-count // max(1, int(self._allowed)))
        self._allowed = max(0.0, self._allowed - count / size)
        return [*_each_step(reports, size), *_evaluations(reports)]


def interval_among(runs: int) -> float:
    """Seconds between two messages of a run, where so many train in one worker: telling costs all of them time."""
    return min(LONGEST_INTERVAL, max(INTERVAL, runs * APART))


def exactly(reports: list[Reports]) -> list[Packed]:
    """Write steps as points, each by itself."""
    return [*_each_step(reports, 1), *_evaluations(reports)] if reports else []


def _each_step(reports: list[Reports], size: int) -> list[Packed]:
    """Put consecutive steps into buckets; a bucket keeps its least and greatest values, so no spike is lost."""
    steps = np.concatenate([np.arange(each.first, each.step + 1) for each in reports])
    values = np.concatenate([(each.loss, each.penalty, each.lr) for each in reports], axis=1)
    if size == 1:
        return _packed(steps, np.ones_like(steps), values[None])
    starts = np.arange(0, len(steps), size)
    counts = np.diff(starts, append=len(steps))
    low, high = np.fmin.reduceat(values, starts, 1), np.fmax.reduceat(values, starts, 1)
    mean = np.clip(np.add.reduceat(values, starts, 1) / counts, low, high)
    return _packed(steps[starts + counts - 1], counts, np.array([mean, low, high]))


def _packed(steps: NDArray[np.int64], counts: NDArray[np.int64], real: Curve) -> list[Packed]:
    """Pack all curves of steps; `real` by meaning (mean, least, greatest), curve and point."""
    whole = steps.tobytes() + counts.tobytes()
    return [Packed(name, whole, real[:, i].tobytes()) for i, name in enumerate(EACH_STEP)]


def _evaluations(reports: list[Reports]) -> list[Packed]:
    """Whole sets are looked at now and then: those points are always exact."""
    evaluated = [(report.step, report.evaluation) for report in reports if report.evaluation]
    names = dict.fromkeys(name for _, values in evaluated for name in values)
    series = []
    for name in names:
        points = [(step, values[name]) for step, values in evaluated if name in values]
        whole = [step for step, _ in points] + [1] * len(points)
        real = [value for _, value in points]
        series.append(Packed(name, pack(f"{len(whole)}q", *whole), pack(f"{len(real)}d", *real)))
    return series
