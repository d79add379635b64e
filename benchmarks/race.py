"""Two that do the same work take turns; what counts is the ratio within each round, as machines are never quiet."""

import math
from statistics import median
from typing import Any, NamedTuple

CONFIDENCE = 0.95


class Round(NamedTuple):
    """One turn of each: steps, or what else counts as work, per second of the processor."""

    ours: float
    bare: float

    @property
    def ratio(self) -> float:
        """How fast ours is, the bare loop being 1."""
        return self.ours / self.bare


class Race(NamedTuple):
    """All rounds of one question."""

    name: str
    target: float | None
    """The ratio that has to be reached; None: only to be known."""
    rounds: list[Round]
    unit: str = "steps"
    """What is counted."""

    @property
    def ratio(self) -> float:
        """The median over the rounds."""
        return median(each.ratio for each in self.rounds)

    @property
    def is_met(self) -> bool:
        """Whether the median reaches the target."""
        return self.target is None or self.ratio >= self.target

    def row(self) -> tuple[str, ...]:
        """Write it for people."""
        low, high = interval([each.ratio for each in self.rounds])
        ours, bare = (median(each[side] for each in self.rounds) for side in (0, 1))
        verdict = (
            "" if self.target is None else f"{self.target:g} {'met' if self.is_met else 'MISSED'}"
        )
        return (
            self.name,
            f"{ours:,.0f} {self.unit}/s",
            f"{bare:,.0f} {self.unit}/s",
            f"{self.ratio:.2f}",
            f"{low:.2f} to {high:.2f}",
            verdict,
        )

    def as_json(self) -> dict[str, Any]:
        """Write it for programs."""
        return {
            "value": self.ratio,
            "target": self.target,
            "met": self.is_met,
            "interval": interval([each.ratio for each in self.rounds]),
            "unit": self.unit,
            "rounds": [each._asdict() for each in self.rounds],
        }


HEAD = ("", "ours", "bare", "ratio", "95 % interval", "target")


def table(races: list[Race]) -> str:
    """Write all races for people; seconds are of the processor's time."""
    rows = [HEAD, *(race.row() for race in races)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if place else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def interval(values: list[float]) -> tuple[float, float]:
    """Of a median: the order statistics between which the true one lies, with at least this confidence."""
    count, left_out, rank = len(values), 0.0, 0
    while left_out + math.comb(count, rank) / 2**count <= (1 - CONFIDENCE) / 2:
        left_out += math.comb(count, rank) / 2**count
        rank += 1
    ordered = sorted(values)
    rank = max(rank - 1, 0)
    return ordered[rank], ordered[-1 - rank]
