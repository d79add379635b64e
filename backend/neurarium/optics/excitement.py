"""What a unit says to many examples: the cell of each that is excited most, and the patch that this cell sees."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurarium.optics.cell import locate
from neurarium.optics.examples import gather
from neurarium.optics.field import fields
from neurarium.optics.passes import numbers, see
from neurarium.optics.patch import IMAGE
from neurarium.optics.stage import Stage
from neurarium.training.view import View
from neurarium_models.tensor import unit_axis

CHUNK = 128
CELLS = 256
"""Cells of each example that the spread of values is made of, at most."""
SIDE = 64
"""Rows and columns of a patch that are shown; of larger ones every second, third, ... pixel."""


@dataclass(frozen=True, eq=False)
class Excitement:
    """One unit over some examples."""

    rows: NDArray[np.int64]
    """Which examples."""
    peak: NDArray[np.float64]
    """The greatest output of each, and in which cell it is."""
    place: NDArray[np.int64]
    values: NDArray[np.float64]
    """Outputs, of the cells that are kept of each."""
    silent: float
    """Share of the examples in which no cell is above zero."""


@dataclass(frozen=True, eq=False)
class Cut:
    """Patches of an input."""

    input: str
    pixels: NDArray[Any]
    """Examples × channels × rows × columns; 0 beyond the edges."""
    windows: list[tuple[int, int, int, int]]
    """Top, left, bottom and right of each, inside of the picture."""


def excitement(view: View, stage: Stage, unit: int, most: int) -> Excitement:
    """Send examples that lie evenly in the data through the network, some at a time."""
    everything = gather(view.examples)
    count = min(most, len(everything))
    rows = np.unique(np.linspace(0, len(everything) - 1, count).astype(np.int64))
    axis = unit_axis(stage.spec) + 1 if stage.spec.axes else None
    peaks, places, values = [], [], []
    for start in range(0, len(rows), CHUNK):
        batch = view.inputs(everything.pick(rows[start : start + CHUNK]))
        _, taps = see(view, batch, [stage.end])
        tap = taps[stage.end] if axis is None else taps[stage.end].select(axis, unit)
        maps = np.nan_to_num(numbers(tap.reshape(len(tap), -1)).astype(np.float64))
        places.append(maps.argmax(1))
        peaks.append(maps.max(1))
        values.append(maps[:, :: -(-maps.shape[1] // CELLS)].reshape(-1))
    peak = np.concatenate(peaks)
    silent = float((peak <= 0).mean())
    return Excitement(rows, peak, np.concatenate(places), np.concatenate(values), silent)


def patches(
    view: View, stage: Stage, unit: int, rows: NDArray[np.int64], places: NDArray[np.int64]
) -> Cut | None:
    """Cut out what these cells see of the first picture that the network is given; None where it is given none."""
    name = next((n for n, spec in view.job.graph.inputs.items() if spec.axes == IMAGE), None)
    if name is None:
        return None
    pictures = numbers(view.inputs(gather(view.examples).pick(rows))[name])
    found, windows = [], []
    for picture, place in zip(pictures, places, strict=True):
        field = fields(view.network, stage, locate(stage, unit, int(place))).get(name)
        if field is None or field.window is None:
            return None
        top, left, bottom, right = field.window
        (_, _), (up, down), (west, east) = field.span
        around = ((0, 0), (top - up, down - bottom), (left - west, east - right))
        found.append(np.pad(picture[:, top : bottom + 1, left : right + 1], around))
        windows.append(field.window)
    step = max(1, -(-max(found[0].shape[1:]) // SIDE))
    return Cut(name, np.stack(found)[:, :, ::step, ::step], windows)
