"""The slope of a function of one number, from its values alone: central differences, and where there is no slope.

Differences at three widths, each half of the one before, are combined as by Romberg (1955): what is left of the error
goes with the sixth power of the width. Where the slopes on both sides do not come together, however small the width,
there is a kink.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

WIDTHS = (1e-3, 1e-4, 1e-5, 1e-6)
"""How far a number is moved, beside its size or 1: the widest at which the function is smooth is taken."""
WIDEST = 1e-2
"""How far where the function is so flat that rounding would show."""
VALUES = 1 + 6 * (len(WIDTHS) + 1)
"""How many values of the function are computed at most: in the middle, and three on each side for every width."""
PRECISE = 1e-8
"""Share of the slope that rounding may be."""
SETTLED = 1e-8
"""Share of the slope that a narrower look may change, where the function is smooth."""
JOINED = 1e-6
"""Share of the slope by which the slopes on both sides may differ in the limit, where it is."""
ROUNDING = 8 * float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class Slope:
    """What was found at one width."""

    value: float
    h: float
    """The greatest distance that was moved to each side."""
    left: float
    right: float
    """The slopes on both sides, at the smallest distance."""
    noise: float
    """What rounding may have added to the value."""
    is_smooth: bool


def slope(move: Callable[[float], float], size: float) -> Slope:
    """Differentiate at 0; `move` says the value after a move, `size` how large the number is that is moved.

    Where it is smooth at no width, what the smallest one said is returned.
    """
    middle = move(0.0)
    scale = max(1.0, abs(size))
    for width in WIDTHS:
        found = _look(move, middle, width * scale)
        if found.is_smooth:
            break
    if found.h == WIDTHS[0] * scale and found.noise > PRECISE * abs(found.value):
        wider = _look(move, middle, WIDEST * scale)
        return wider if wider.is_smooth else found
    return found


def _look(move: Callable[[float], float], middle: float, h: float) -> Slope:
    """Look at three distances: h, h/2, h/4."""
    distances = (h, h / 2, h / 4)
    values = [(move(-distance), move(distance)) for distance in distances]
    rights = [(right - middle) / d for d, (_, right) in zip(distances, values, strict=True)]
    lefts = [(middle - left) / d for d, (left, _) in zip(distances, values, strict=True)]
    wide, half, narrow = (
        (right - left) / (2 * d) for d, (left, right) in zip(distances, values, strict=True)
    )
    once, again = (4 * half - wide) / 3, (4 * narrow - half) / 3
    value = (16 * again - once) / 15
    jump = abs(2 * (rights[2] - lefts[2]) - (rights[1] - lefts[1]))
    steep = max(abs(rights[2]), abs(lefts[2]))
    noise = ROUNDING * max(abs(middle), *(abs(each) for pair in values for each in pair)) / h
    is_smooth = (
        abs(value - again) <= SETTLED * steep + 4 * noise and jump <= JOINED * steep + 32 * noise
    )
    return Slope(value, h, lefts[2], rights[2], 4 * noise, is_smooth)
