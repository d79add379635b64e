"""Digits that a program writes with a pen: strokes through a few points, each time a little different."""

from collections.abc import Mapping
from functools import cache, lru_cache
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from neurarium.dataset import MAXIMUM_SAMPLES, Chance, Examples, Numbers, Sampled, in_turn
from neurarium.drawing import CLASSES, SIZE, Paper

Way = tuple[str, ...]
"""Strokes: points that the pen passes, x to the right and y downwards, in % of the height from the middle to the top.

A point given twice is a corner.
"""
HEIGHT = 10.0
"""Pixels from the middle of a digit to its top."""
SPACING = 0.07
"""How far apart a stroke is sampled, in parts of that height: less than a pixel."""
CHUNK = 128
"""Digits that are inked together: what they need stays near the processor."""

DIGITS: Mapping[int, tuple[Way, ...]] = {
    0: (("10,-100  -38,-75  -60,0  -40,75  2,100  44,72  60,0  42,-75  6,-100",),),
    1: (
        ("8,-100  2,0  -4,100",),
        ("-35,-55  10,-100  10,-100  10,0  10,100",),
    ),
    2: (
        ("-50,-55  -28,-90  18,-97  50,-58  32,-8  -15,48  -55,95  -55,95  0,93  58,95",),
        ("-45,-70  -5,-100  42,-72  34,-15  0,40  -40,90  -58,72  -30,58  8,88  60,82",),
    ),
    3: (
        ("-50,-78  -5,-100  42,-72  30,-22  -12,-5  -12,-5  40,15  52,58  12,98  -50,80",),
        ("-50,-95  0,-97  45,-95  45,-95  -5,-20  -5,-20  42,5  50,58  5,98  -52,75",),
    ),
    4: (
        (
            "-30,-100  -48,-35  -55,25  -55,25  0,25  60,20",
            "32,-55  26,20  20,100",
        ),
        (
            "25,-100  -20,-30  -60,35  -60,35  0,37  60,35",
            "25,-100  25,0  25,100",
        ),
    ),
    5: (
        ("50,-95  5,-94  -38,-95  -38,-95  -46,-12  -46,-12  5,-30  50,12  42,72  -5,100  -55,78",),
    ),
    6: (("40,-95  -18,-60  -52,10  -42,74  0,100  44,70  40,20  0,0  -44,38",),),
    7: (
        ("-55,-90  0,-93  55,-92  55,-92  12,0  -15,100",),
        (
            "-55,-85  0,-95  55,-92  55,-92  12,0  -15,100",
            "-30,5  10,2  45,0",
        ),
    ),
    8: (
        (
            "38,-76  -2,-100  -40,-70  -24,-28  22,12  46,58  0,100  -46,60  -24,12  22,-28  42,-68  30,-85",
        ),
    ),
    9: (
        ("42,-62  5,-98  -44,-62  -30,-12  12,-10  44,-62  44,-62  40,20  22,100",),
        ("44,-68  0,-100  -44,-58  -20,-6  26,-20  46,-68  46,-68  46,30  12,96  -42,78",),
    ),
}
"""How each digit is written, in one or two ways."""
POINTS = max(len(" ".join(way).split()) for ways in DIGITS.values() for way in ways)
"""The most that any way has."""


class PenDigits(Sampled, Paper):
    """Digits written by a program: strokes of a pen with slant, size, thickness and an unsteady hand, all random.

    They look like the writing of one careful person, so that a network finds them easier than those of many people.
    """

    title: ClassVar = "digits by pen"
    kind: Literal["PenDigits"] = "PenDigits"
    samples: int = Field(
        default=2000, ge=20, le=MAXIMUM_SAMPLES, description="How many digits are written."
    )
    noise: float = Field(
        default=0.03, ge=0, le=1, description="Standard deviation of the error in each pixel."
    )
    slant: float = Field(
        default=0.3, ge=0, le=1, description="How far a digit leans at most; at 1 by 45 degrees."
    )
    thickness: float = Field(
        default=1.2, ge=0.6, le=2.5, description="Half the width of a stroke in pixels, on average."
    )
    wobble: float = Field(
        default=1.0, ge=0, le=2, description="How unsteady the hand is, and how uneven the size."
    )
    validation: float = Field(
        default=0.2,
        ge=0.05,
        le=0.9,
        description="Share of the digits that is held out to measure with.",
    )

    def draw(self, seed: int) -> Examples:
        """Write the digits in turn, and put those of a person after them."""
        return self.with_drawings(*_written(self.without_guests(), seed))

    def ink(self, way: Way, chance: Chance, rows: NDArray[np.int64]) -> Numbers:
        """Write one digit in one way for each of some rows: digits × H × W, from 0 to 1."""
        weights, points = _sampled(way)
        count = len(rows)
        unsteady = chance.normal[rows, SIZE * SIZE :][:, : 2 * len(points)]
        hand = points + 0.045 * self.wobble * unsteady.reshape(count, -1, 2)
        pen = (weights @ hand) @ self._leaning(chance.uniform[rows])
        pen += (SIZE - 1) / 2 + self.wobble * (2 * chance.uniform[rows, 5:7] - 1)[:, None]
        thickness = self.thickness * (1 + 0.25 * self.wobble * (2 * chance.uniform[rows, 7] - 1))
        ink: Numbers = np.clip(thickness[:, None, None] + 0.5 - _distance(pen), 0, 1)
        return ink

    def _leaning(self, uniform: Numbers) -> Numbers:
        """Turn, slant and stretch: digits × 2 × 2, to be multiplied from the right."""
        wide, high, lean, turn = 2 * uniform[:, 1:5].T - 1
        size = HEIGHT * (1 + 0.12 * self.wobble * np.stack([wide, high]))
        angle = 0.08 * self.wobble * turn
        down = np.stack([np.sin(angle) - self.slant * lean, np.cos(angle)], axis=1)
        right = np.stack([np.cos(angle), -np.sin(angle)], axis=1)
        return np.stack([right * size[0, :, None], down * size[1, :, None]], axis=1)


@lru_cache(maxsize=4)
def _written(
    settings: PenDigits, seed: int
) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.bool_]]:
    """Pixels, labels and what is held out; kept, as a person's drawing changes nothing of it."""
    chance = settings.chance(seed, uniform=8, normal=SIZE * SIZE + 2 * POINTS)
    labels = in_turn(settings.samples, CLASSES)
    pixels = settings.noise * chance.normal[:, : SIZE * SIZE].reshape(-1, SIZE, SIZE)
    for label, ways in DIGITS.items():
        chosen = np.floor(chance.uniform[:, 0] * len(ways)).astype(np.int64)
        for place, way in enumerate(ways):
            rows = np.flatnonzero((labels == label) & (chosen == place))
            for start in range(0, len(rows), CHUNK):
                some = rows[start : start + CHUNK]
                pixels[some] += settings.ink(way, chance, some)
    return np.clip(pixels, 0, 1).astype(np.float32)[:, None], labels, chance.held_out


@cache
def _sampled(way: Way) -> tuple[Numbers, Numbers]:
    """Say how all strokes together follow from their points: samples × points, and points × 2."""
    strokes = [np.array([p.split(",") for p in stroke.split()], dtype=np.float64) for stroke in way]
    strokes = [stroke / 100 for stroke in strokes]
    blocks = [_spline(stroke) for stroke in strokes]
    weights = np.zeros((sum(map(len, blocks)), sum(map(len, strokes))))
    row = column = 0
    for block in blocks:
        weights[row : row + block.shape[0], column : column + block.shape[1]] = block
        row, column = row + block.shape[0], column + block.shape[1]
    return weights, np.concatenate(strokes)


def _spline(points: Numbers) -> Numbers:
    """Weigh the points of a stroke at even distances along a Catmull-Rom spline: samples × points."""
    fine = np.linspace(0, len(points) - 1, 400)
    weights = np.zeros((len(fine), len(points)))
    first = np.minimum(fine.astype(np.int64), len(points) - 2)
    t = fine - first
    parts = (
        (-1, -t + 2 * t**2 - t**3),
        (0, 2 - 5 * t**2 + 3 * t**3),
        (1, t + 4 * t**2 - 3 * t**3),
        (2, -(t**2) + t**3),
    )
    for offset, part in parts:
        place = np.clip(first + offset, 0, len(points) - 1)
        np.add.at(weights, (np.arange(len(fine)), place), part / 2)
    steps = np.hypot(*np.diff(weights @ points, axis=0).T)
    along = np.concatenate([[0], np.cumsum(steps)])
    wanted = np.linspace(0, along[-1], round(along[-1] / SPACING) + 1)
    nearest: Numbers = weights[np.searchsorted(along, wanted - 1e-9)]
    return nearest


def _distance(pen: Numbers) -> Numbers:
    """Measure how far each pixel is from the nearest sample of the pen's way: digits × H × W."""
    pixels = np.arange(SIZE, dtype=np.float32)
    across, down = ((pixels - pen[..., i : i + 1].astype(np.float32)) ** 2 for i in (0, 1))
    nearest = np.full((len(pen), SIZE, SIZE), np.inf, dtype=np.float32)
    for sample in range(pen.shape[1]):
        np.minimum(nearest, down[:, sample, :, None] + across[:, sample, None, :], out=nearest)
    return np.sqrt(nearest).astype(np.float64)
