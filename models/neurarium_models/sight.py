"""How large a window of the picture each layer looks through: receptive fields in plain integers, layer by layer.

What one cell sees is composed on the way forward, so that a layer costs the same wherever it stands. A cell of an
image sees of every row (and column) from `step * cell + first` to `step * cell + last`.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from neurarium_models.box import Interval
from neurarium_models.layout import Layout, Place, Value
from neurarium_models.tensor import TensorSpec

SIDES = ("H", "W")
TRIED = range(3)
"""Cells that a layer is asked about: where they do not lie evenly, there is no one size."""


class View(NamedTuple):
    """What the cells of one axis see of the same axis of the picture."""

    step: int
    first: int
    last: int

    @property
    def size(self) -> int:
        """Count the rows or columns that each sees, those in paddings too."""
        return self.last - self.first + 1

    def through(self, window: "View") -> "View":
        """Look through a layer's own window at what this one sees."""
        return View(
            self.step * window.step,
            self.step * window.first + self.first,
            self.step * window.last + self.last,
        )


Sight = tuple[View, ...]
"""Of rows and of columns."""
ITSELF = View(1, 0, 0)


def is_image(spec: TensorSpec) -> bool:
    """Whether a tensor has rows and columns."""
    return set(SIDES) <= set(spec.axes)


def sights(layout: Layout, inputs: Mapping[str, TensorSpec]) -> dict[str, tuple[int, int]]:
    """Say of each layer that puts out an image how many rows and columns of the picture one of its numbers sees.

    Layers are absent where that is not one size: behind dense layers, where two pictures come together, or where
    cells see windows of several sizes.
    """
    seen: dict[str, Sight] = {
        name: (ITSELF, ITSELF) for name, spec in inputs.items() if is_image(spec)
    }
    found: dict[str, tuple[int, int]] = {}
    for place in layout.places:
        sight = _sight(place, seen)
        if sight is not None:
            seen[place.path] = sight
            rows, columns = sight
            found[place.path] = (rows.size, columns.size)
    return found


def _sight(place: Place, seen: Mapping[str, Sight]) -> Sight | None:
    if not place.fits or len(place.outputs) != 1 or not all(map(is_image, place.outputs.values())):
        return None
    given = [value for value in place.values if value is not None]
    if len(given) != len(place.values) or not all(_known(value, seen) for value in given):
        return None
    windows = _windows(place)
    if windows is None:
        return None
    through = [
        [view.through(window) for view, window in zip(seen[value.source], own, strict=True)]
        for value, own in zip(given, windows, strict=True)
    ]
    joined = tuple(_hull(side) for side in zip(*through, strict=True))
    rows, columns = joined
    return None if rows is None or columns is None else (rows, columns)


def _known(value: Value, seen: Mapping[str, Sight]) -> bool:
    return value.source in seen and value.spec is not None and is_image(value.spec)


def _windows(place: Place) -> list[Sight] | None:
    """Ask a layer what some cells see of each of its inputs; None where they do not see alike."""
    axes = next(iter(place.outputs.values())).axes
    asked = [
        place.layer.sees(
            tuple((cell, cell) if axis in SIDES else (0, 0) for axis in axes), False, *place.specs
        )
        for cell in TRIED
    ]
    windows: list[Sight] = []
    for spec, boxes in zip(place.specs, zip(*asked, strict=True), strict=True):
        if spec is None or any(box is None for box in boxes):
            return None
        sides = [
            _even([box[spec.axes.index(side)] for box in boxes if box is not None])
            for side in SIDES
        ]
        rows, columns = sides
        if rows is None or columns is None:
            return None
        windows.append((rows, columns))
    return windows


def _even(intervals: list[Interval]) -> View | None:
    """Find the step from cell to cell, if it is one."""
    (first, last), (second, _), *_ = intervals
    step = second - first
    expected = [(first + step * cell, last + step * cell) for cell in range(len(intervals))]
    return View(step, first, last) if intervals == expected else None


def _hull(views: Iterable[View]) -> View | None:
    """See what all of them see; None where they move at different steps."""
    every = list(views)
    steps = {view.step for view in every}
    if len(steps) != 1:
        return None
    return View(steps.pop(), min(v.first for v in every), max(v.last for v in every))
