"""What becomes of a run if one number of it is another: copies are trained, and asked how good they are."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass

from neurarium.training.replicas import Evaluation, Replicas

MARKS = 24
"""How often the copies are asked."""
SECONDS = 20.0
"""Of the processor, after which a sweep ends where it is."""


@dataclass(frozen=True)
class Mark:
    """How good every copy is after some steps."""

    steps: int
    evaluation: Evaluation
    diverged: list[bool]


def marks(steps: int) -> list[int]:
    """Choose after how many steps the copies are asked: at once, then evenly up to the last step."""
    count = min(steps, MARKS)
    return [0, *(round(steps * (i + 1) / count) for i in range(count))]


def sweep(replicas: Replicas, steps: int) -> Iterator[Mark | None]:
    """Train copies for so many steps. Comes back after each portion, with a mark where one was reached.

    Ends early when every copy has diverged, or its time is over.
    """
    for mark in marks(steps):
        while replicas.steps < mark and replicas.seconds < SECONDS and not all(replicas.diverged):
            yield from replicas.advance(mark - replicas.steps)
        yield (yield from _mark(replicas))
        if replicas.seconds >= SECONDS or all(replicas.diverged):
            return


def _mark(replicas: Replicas) -> Generator[None, None, Mark]:
    evaluation = yield from replicas.evaluate()
    return Mark(replicas.steps, evaluation, list(replicas.diverged))
