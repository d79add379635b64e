"""Boxes: which part of a tensor something depends on, as an interval along every axis."""

import math

from neurarium_models.tensor import TensorSpec

Interval = tuple[int, int]
"""First and last index, both inside; with the last before the first it is empty."""
Box = tuple[Interval, ...]


def whole(spec: TensorSpec) -> Box:
    """Take everything."""
    return tuple((0, size - 1) for size in spec.shape)


def at(index: tuple[int, ...]) -> Box:
    """Take one cell."""
    return tuple((number, number) for number in index)


def clipped(box: Box, spec: TensorSpec) -> Box:
    """Keep what lies inside of a tensor."""
    return tuple(
        (max(first, 0), min(last, size - 1))
        for (first, last), size in zip(box, spec.shape, strict=True)
    )


def is_empty(box: Box) -> bool:
    """Say whether there is nothing in it: a window that lies in the padding."""
    return any(last < first for first, last in box)


def hull(boxes: list[Box]) -> Box:
    """Find the smallest box around some."""
    return tuple(
        (min(a for a, _ in side), max(b for _, b in side)) for side in zip(*boxes, strict=True)
    )


def rearranged(box: Box, now: tuple[int, ...], before: tuple[int, ...]) -> Box:
    """Find a box among the same numbers, in the same order, under the shape that they had before."""
    first, last = (_flat([side[end] for side in box], now) for end in (0, 1))
    return tuple(_around(first, last, before))


def _flat(index: list[int], shape: tuple[int, ...]) -> int:
    number = 0
    for place, size in zip(index, shape, strict=True):
        number = number * size + min(max(place, 0), size - 1)
    return number


def _around(first: int, last: int, shape: tuple[int, ...]) -> list[Interval]:
    """Find the box around a run of numbers: where its ends part, all that is inside takes part."""
    sides: list[Interval] = []
    for axis, size in enumerate(shape):
        inner = math.prod(shape[axis + 1 :])
        a, b = first // inner, last // inner
        sides.append((a % size, b % size) if a // size == b // size else (0, size - 1))
    return sides
