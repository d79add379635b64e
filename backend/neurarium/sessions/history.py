"""The complete curves of a run in memory: every point that was told, thinned only where a curve grows too long."""

import numpy as np
from numpy.typing import NDArray

from neurarium.sessions import limits
from neurarium.sessions.protocol import Series

FIRST_CAPACITY = 256


class Curve:
    """Points of one name in the order of their steps, with their buckets' ends where they are buckets."""

    def __init__(self, replicas: int) -> None:
        self._count = 0
        self.era = 0
        """How often points that were there have changed: thinned out, or forgotten."""
        self._whole = np.zeros(
            (2, FIRST_CAPACITY), np.int64
        )  # last step of a point, and how many it stands for
        self._real = np.zeros((3, FIRST_CAPACITY, replicas))  # mean, least, greatest

    def __len__(self) -> int:
        """Count the points."""
        return self._count

    def extend(self, series: Series) -> None:
        """Put points at the end."""
        start, end = self._count, self._count + len(series.steps)
        self._make_room(end)
        self._whole[:, start:end] = series.steps, series.counts
        low, high = series.low or series.values, series.high or series.values
        self._real[:, start:end] = series.values, low, high
        self._grow(end)

    def put(self, whole: NDArray[np.int64], real: NDArray[np.float64]) -> None:
        """Put points at the end, as `part` gave them."""
        start, end = self._count, self._count + whole.shape[1]
        self._make_room(end)
        self._whole[:, start:end], self._real[:, start:end] = whole, real
        self._grow(end)

    def part(self, first: int, last: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return some points: last steps and counts; means, least and greatest."""
        last = min(last, self._count)
        return self._whole[:, first:last], self._real[:, first:last]

    def differs(self, step: int, values: list[float]) -> bool:
        """Whether a step that was taken again had other values than these, as far as its bucket can tell."""
        place = int(np.searchsorted(self._whole[0, : self._count], step, side="left"))
        if place >= self._count:
            return False
        last, count = self._whole[:, place]
        mean, low, high = self._real[:, place]
        again = np.array(values)
        if count == 1:
            return last == step and not np.array_equal(mean, again, equal_nan=True)
        inside = ((low <= again) & (again <= high)) | np.isnan(again)
        return bool(last - count < step and not inside.all())

    def _grow(self, end: int) -> None:
        self._count = end
        while self._count > limits.CURVE_POINTS:
            self._thin()

    def truncate(self, step: int) -> None:
        """Forget what lies after a step; a bucket that reaches beyond it goes as well."""
        kept = int(np.searchsorted(self._whole[0, : self._count], step, side="right"))
        self.era += kept < self._count
        self._count = kept

    def series(
        self, name: str, first: int = 0, last: int | None = None, limit: int | None = None
    ) -> Series:
        """Return the points of the steps from `first` to `last`, at most `limit` of them."""
        steps = self._whole[0, : self._count]
        start = int(np.searchsorted(steps, first, side="left"))
        end = self._count if last is None else int(np.searchsorted(steps, last, side="right"))
        end = end if limit is None else min(end, start + limit)
        whole, real = self._whole[:, start:end], self._real[:, start:end]
        has_buckets = bool((whole[1] > 1).any())
        low, high = (real[1].tolist(), real[2].tolist()) if has_buckets else (None, None)
        return Series(name, whole[0].tolist(), whole[1].tolist(), real[0].tolist(), low, high)

    @property
    def nbytes(self) -> int:
        """Memory that its points take."""
        return self._whole.nbytes + self._real.nbytes

    def thinned(self, name: str, points: int) -> Series:
        """Return all points in at most so many: neighbours become buckets, with their least and greatest values."""
        count = self._count
        if count <= points:
            return self.series(name)
        starts = np.unique(np.linspace(0, count, points, endpoint=False).astype(np.int64))
        ends = np.append(starts[1:], count) - 1
        counts = np.add.reduceat(self._whole[1, :count], starts)
        mean, low, high = self._real[:, :count]
        total = np.add.reduceat(mean * self._whole[1, :count, None], starts)
        return Series(
            name,
            self._whole[0, ends].tolist(),
            counts.tolist(),
            (total / counts[:, None]).tolist(),
            np.fmin.reduceat(low, starts).tolist(),
            np.fmax.reduceat(high, starts).tolist(),
        )

    def outline(self, parts: int) -> list[float]:
        """Return the means of at most so many equal parts of its points, of the first replica."""
        values = self._real[0, : self._count, 0]
        return [float(part.mean()) for part in np.array_split(values, min(parts, len(values)))]

    def latest(self, until: int | None = None) -> float | None:
        """Return the last value up to a step, of the first replica."""
        count = self._count
        if until is not None:
            count = int(np.searchsorted(self._whole[0, :count], until, side="right"))
        return float(self._real[0, count - 1, 0]) if count else None

    def _make_room(self, count: int) -> None:
        capacity = self._whole.shape[1]
        if count <= capacity:
            return
        more = max(count, 2 * capacity) - capacity
        self._whole = np.pad(self._whole, ((0, 0), (0, more)))
        self._real = np.pad(self._real, ((0, 0), (0, more), (0, 0)))

    def _thin(self) -> None:
        """Of the older half, make two neighbours one bucket."""
        self.era += 1
        half = self._count // 4 * 2
        steps, counts = self._whole[:, :half]
        mean, low, high = self._real[:, :half]
        weight = counts[:, None].astype(float)
        total = mean * weight
        low, high = np.fmin(low[0::2], low[1::2]), np.fmax(high[0::2], high[1::2])
        mean = np.clip((total[0::2] + total[1::2]) / (weight[0::2] + weight[1::2]), low, high)
        kept = half // 2
        self._real[:, :kept] = mean, low, high
        self._whole[:, :kept] = steps[1::2], counts[0::2] + counts[1::2]
        moved = self._count - half
        self._whole[:, kept : kept + moved] = self._whole[:, half : self._count].copy()
        self._real[:, kept : kept + moved] = self._real[:, half : self._count].copy()
        self._count = kept + moved


class History:
    """All curves of a run by name."""

    def __init__(self) -> None:
        self._curves: dict[str, Curve] = {}

    @property
    def names(self) -> list[str]:
        """The names of all curves, in the order in which they came."""
        return [name for name, curve in self._curves.items() if len(curve)]

    @property
    def latest(self) -> dict[str, float]:
        """The last value of each curve."""
        return self.latest_at(None)

    def latest_at(self, step: int | None) -> dict[str, float]:
        """The value that each curve had at a step."""
        found = {name: curve.latest(step) for name, curve in self._curves.items()}
        return {name: value for name, value in found.items() if value is not None}

    @property
    def nbytes(self) -> int:
        """Memory that all curves take."""
        return sum(curve.nbytes for curve in self._curves.values())

    def thinned(self, name: str, points: int) -> Series:
        """Return a whole curve in at most so many points, or KeyError."""
        return self._curves[name].thinned(name, points)

    def outline(self, name: str, parts: int) -> list[float]:
        """Return a curve in so few numbers that a small picture shows them; empty if there is none."""
        curve = self._curves.get(name)
        return curve.outline(parts) if curve is not None and len(curve) else []

    def extend(self, series: list[Series]) -> None:
        """Take in what was told."""
        for part in series:
            if part.name not in self._curves:
                if len(self._curves) >= limits.CURVES or not part.values:
                    continue
                self._curves[part.name] = Curve(len(part.values[0]))
            self._curves[part.name].extend(part)

    def put(self, name: str, whole: NDArray[np.int64], real: NDArray[np.float64]) -> None:
        """Put points at the end of a curve, as `Curve.part` gave them."""
        if name not in self._curves:
            self._curves[name] = Curve(real.shape[2])
        self._curves[name].put(whole, real)

    def curves(self) -> dict[str, Curve]:
        """All curves by name."""
        return self._curves

    def difference(self, series: list[Series]) -> tuple[str, int] | None:
        """Find a curve and a step where steps that were taken again are not what they were."""
        for part in series:
            curve = self._curves.get(part.name)
            for step, values in zip(part.steps, part.values, strict=True) if curve else ():
                if curve is not None and curve.differs(step, values):
                    return part.name, step
        return None

    def truncate(self, step: int) -> None:
        """Forget what lies after a step."""
        for curve in self._curves.values():
            curve.truncate(step)

    def series(
        self, name: str, first: int = 0, last: int | None = None, limit: int | None = None
    ) -> Series:
        """Return a curve, or KeyError."""
        return self._curves[name].series(name, first, last, limit)
