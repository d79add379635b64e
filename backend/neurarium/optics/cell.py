"""One number of a stage's output: a unit, and its place where units stand at several."""

import math
from dataclasses import dataclass

from neurarium.optics.stage import Stage
from neurarium.probe import ProbeError
from neurarium_models.tensor import unit_axis


@dataclass(frozen=True)
class Cell:
    """Where to look in an output without its batch axis."""

    unit: int
    place: int
    index: tuple[int, ...]
    flat: int
    """The same as one number."""


def locate(stage: Stage, unit: int, place: int | None) -> Cell:
    """Find a unit's cell; where it has several (an image, a sequence), the middle one unless told otherwise."""
    spec = stage.spec
    if not spec.axes:
        return Cell(0, 0, (), 0)
    axis = unit_axis(spec)
    if unit >= spec.shape[axis]:
        raise ProbeError(
            f"`{stage.path}` has {_counted(spec.shape[axis], 'unit')}, counted from 0: there is no unit {unit}."
        )
    others = (*spec.shape[:axis], *spec.shape[axis + 1 :])
    places = math.prod(others)
    at = _middle(others) if place is None else place
    if at >= places:
        raise ProbeError(
            f"A unit of `{stage.path}` has {_counted(places, 'cell')}, counted from 0: there is no cell {at}."
        )
    index: list[int] = []
    rest = at
    for size in reversed(others):
        rest, inner = divmod(rest, size)
        index.append(inner)
    index.reverse()
    index.insert(axis, unit)
    flat = 0
    for size, inner in zip(spec.shape, index, strict=True):
        flat = flat * size + inner
    return Cell(unit, at, tuple(index), flat)


def _middle(shape: tuple[int, ...]) -> int:
    at = 0
    for size in shape:
        at = at * size + size // 2
    return at


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
