"""Receptive fields: what a cell sees of every stage before it and of what the network is given, in whole numbers."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from neurarium.optics.cell import Cell
from neurarium.optics.memory import Memory
from neurarium.optics.stage import Stage, stages
from neurarium_models.box import Box, at, clipped, hull, is_empty, whole
from neurarium_models.layout import Place
from neurarium_models.tensor import TensorSpec

if TYPE_CHECKING:
    from neurarium_models.network import Network

ROWS_AND_COLUMNS = ("H", "W")
_memory = Memory(kept=4096)


@dataclass(frozen=True)
class Field:
    """What a cell sees of one tensor."""

    box: Box
    """Inside of the tensor."""
    span: Box
    """With what it sees of paddings, as though pictures went on beyond their edges."""
    spec: TensorSpec

    @property
    def window(self) -> tuple[int, int, int, int] | None:
        """Give top, left, bottom and right, inclusive; None where there are no rows and columns, or nothing is seen."""
        sides = _rows_and_columns(self.box, self.spec)
        return sides and (sides[0][0], sides[1][0], sides[0][1], sides[1][1])

    @property
    def size(self) -> tuple[int, int] | None:
        """Count rows and columns, those in paddings too."""
        sides = _rows_and_columns(self.span, self.spec)
        return sides and (sides[0][1] - sides[0][0] + 1, sides[1][1] - sides[1][0] + 1)


def fields(network: "Network", stage: Stage, cell: Cell) -> dict[str, Field]:
    """Find what a cell sees, by stage and graph input, in the order in which they are computed.

    Of its own stage it sees itself. What it does not depend on is absent.
    """
    key = ("fields", stage.path, cell.index)
    return _memory.recall(network, key, lambda: _fields(network, stage, cell))


def window_of(stage: Stage, cell: Cell) -> tuple[Box | None, ...]:
    """Find what a cell sees of each input of its own layer, as far as that is a part of it."""
    first = stage.nodes[0]
    return first.layer.sees(at(cell.index), True, *first.specs)


def _fields(network: "Network", stage: Stage, cell: Cell) -> dict[str, Field]:
    seen: dict[str, list[tuple[Box, Box]]] = {stage.path: [(at(cell.index), at(cell.index))]}
    specs = dict(network.graph.inputs)
    for place in network.places:
        specs.update(zip(place.produced, place.outputs.values(), strict=True))
    for place in reversed(network.places):
        found = [seen[source] for source in place.produced if source in seen]
        if found:
            _back(place, [pair for pairs in found for pair in pairs], seen)
    names = {name: name for name in network.graph.inputs}
    names |= {known.path: known.end for known in stages(network)}
    names[stage.path] = stage.path
    result = {}
    for name, source in names.items():
        pairs = seen.get(source)
        if pairs:
            box, span = (hull(list(side)) for side in zip(*pairs, strict=True))
            result[name] = Field(box, span, specs[source])
    return result


def _back(
    place: Place, pairs: Iterable[tuple[Box, Box]], seen: dict[str, list[tuple[Box, Box]]]
) -> None:
    """Hand what is seen of a layer's output on to its inputs."""
    several = len(place.outputs) > 1
    box, span = (hull(list(side)) for side in zip(*pairs, strict=True))
    unknown: tuple[None, ...] = (None,) * len(place.values)
    inside = unknown if several else place.layer.sees(box, True, *place.specs)
    beyond = unknown if several else place.layer.sees(span, False, *place.specs)
    for value, near, far in zip(place.values, inside, beyond, strict=True):
        if value is None or value.spec is None:
            continue
        everything = whole(value.spec)
        kept = everything if near is None else clipped(near, value.spec)
        if not is_empty(kept):
            reached = seen.setdefault(value.source, [])
            reached.append((kept, everything if far is None else far))


def _rows_and_columns(box: Box, spec: TensorSpec) -> tuple[tuple[int, int], tuple[int, int]] | None:
    if not set(ROWS_AND_COLUMNS) <= set(spec.axes):
        return None
    rows, columns = (box[spec.axes.index(axis)] for axis in ROWS_AND_COLUMNS)
    return rows, columns


def pixels(network: "Network", stage: Stage, cell: Cell) -> tuple[int, int]:
    """Count rows and columns that a cell sees of what the network is given; 0 where that is no picture."""
    found = fields(network, stage, cell)
    for name in network.graph.inputs:
        window = found[name].window if name in found else None
        if window is not None:
            top, left, bottom, right = window
            return bottom - top + 1, right - left + 1
    return 0, 0
