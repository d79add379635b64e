"""Terms of a sum by the map that they come from: each map's window, row by row."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from neurarium.optics.memory import Memory
from neurarium.optics.stage import home
from neurarium_models.layout import Place
from neurarium_models.tensor import TensorSpec

if TYPE_CHECKING:
    from neurarium_models.network import Network

IMAGE = ("C", "H", "W")
_memory = Memory(kept=4096)


@dataclass(frozen=True)
class Patch:
    """A window of one map: which rows and columns, and where its terms begin; they stand row by row."""

    source: str
    channel: int
    rows: tuple[int, ...]
    columns: tuple[int, ...]
    start: int

    @property
    def size(self) -> int:
        """Count its terms."""
        return len(self.rows) * len(self.columns)

    def cells(self, numbers: NDArray[np.float64]) -> NDArray[np.float64]:
        """Cut its numbers out of those of all terms, as rows × columns."""
        cut = numbers[self.start : self.start + self.size]
        return cut.reshape(len(self.rows), len(self.columns))


def origin(network: "Network", source: str) -> tuple[str, TensorSpec | None]:
    """Follow a source back through what only lays numbers out differently: where they were made, and as what."""
    return _memory.recall(network, source, lambda: _origin(network, source))


def patches(network: "Network", place: Place, chosen: NDArray[np.bool_]) -> tuple[Patch, ...]:
    """Group a layer's terms, some of all its inputs, by map; nothing if they are not windows of maps."""
    found: list[Patch] = []
    start = first = 0
    for value in place.values:
        if value is None or value.spec is None:
            continue
        mask = chosen[first : first + value.spec.size]
        first += value.spec.size
        source, spec = origin(network, value.source)
        if spec is None or spec.axes != IMAGE:
            return ()
        for channel, cells in enumerate(mask.reshape(spec.shape)):
            rows, columns = np.flatnonzero(cells.any(1)), np.flatnonzero(cells.any(0))
            if not cells[np.ix_(rows, columns)].all():
                return ()
            if len(rows):
                found.append(
                    Patch(source, channel, tuple(rows.tolist()), tuple(columns.tolist()), start)
                )
                start += found[-1].size
    return tuple(found)


def winner(found: Sequence[Patch], weights: NDArray[np.float64]) -> tuple[int, int] | None:
    """Find the cell that alone was let through, by its row and column: where a window keeps its largest number."""
    if len(found) != 1 or len(weights) < 2 or sorted(weights)[-2:] != [0, 1] or weights.min() < 0:
        return None
    (patch,) = found
    row, column = divmod(int(np.argmax(weights)), len(patch.columns))
    return patch.rows[row], patch.columns[column]


def _origin(network: "Network", source: str) -> tuple[str, TensorSpec | None]:
    for place in reversed(network.places):
        if source in place.produced:
            (value, *others) = place.values or (None,)
            if value is not None and not others and _passes_on(network, place):
                return origin(network, value.source)
            return home(network, source), place.outputs[_port(place, source)]
    return source, network.graph.inputs.get(source)


def _port(place: Place, source: str) -> str:
    return list(place.outputs)[place.produced.index(source)]


def _passes_on(network: "Network", place: Place) -> bool:
    """Try whether a layer hands every number on as it is, in the old order."""
    (spec,) = place.specs
    same = spec is not None and len(place.outputs) == 1
    if not same or spec is None or spec.dtype != "float32" or place.layer.elementwise:
        return False
    output = next(iter(place.outputs.values()))
    if output.size != spec.size or place.layer.parameter_shapes(spec):
        return False
    numbers = torch.arange(1, spec.size + 1, dtype=torch.float64) * 1.25
    numbers[::2] *= -1
    both = torch.stack([numbers, -numbers])
    with torch.no_grad():
        passed = network.get_submodule(place.path)(both.reshape(2, *spec.shape))
    return torch.equal(passed.reshape(2, -1), both)
