"""Which unit each number of a value belongs to, followed through a network: along every axis, one mark for each place.

A unit is what a layer makes by itself: a neuron, a filter, a column of an embedding. Layers that leave units apart
(activations, norms, pooling, Flatten, Concat) hand their marks on, so that two networks can be compared by them: where
the same mark stands, the same thing flows, whatever was put in between.
"""

import math
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import product

from neurarium_models.layer import locate
from neurarium_models.layers.merge import Concat
from neurarium_models.layers.shape import Flatten, Mean
from neurarium_models.layout import Layout, Place

Atom = tuple[str, int]
"""The path of the layer that makes a unit, and the unit's number; `x@0` is the first axis of an input."""
Mark = tuple[Atom, ...]
"""One atom; after a Flatten one for each axis that was joined."""
Marks = tuple[tuple[Mark, ...], ...]
Units = Callable[[Place, int], tuple[Mark, ...]]
"""The marks of the units that a layer makes, by how many there are."""

CONVOLUTIONS = ("Conv1d", "Conv2d")
CHANNELWISE = ("BatchNorm1d", "BatchNorm2d", "GroupNorm")
"""These have a number for each entry of the first axis, those below of the last."""
FEATUREWISE = ("LayerNorm", "RMSNorm", "PositionalEmbedding")
WINDOWS = (
    "MaxPool2d", "AvgPool2d", "AdaptiveAvgPool2d", "ZeroPad2d", "Upsample", "Subsample2d",
)  # fmt: skip
CELLWISE = ("Add", "Multiply")


@dataclass
class Lineage:
    """What was found on the way through a network."""

    inputs: dict[str, Marks] = field(default_factory=dict)
    """The marks of the first thing that each layer reads."""
    units: dict[str, int] = field(default_factory=dict)
    """How many units each layer makes that makes any."""
    _fixed: set[str] = field(default_factory=set)
    _joined: dict[str, str] = field(default_factory=dict)
    _groups: set[str] | None = None
    """The groups of what is fixed, once all is traced."""

    def group(self, root: str) -> str:
        """Name the group of makers whose units meet number by number: they are copied and cut alike."""
        while root in self._joined:
            root = self._joined[root]
        return root

    def is_fixed(self, root: str) -> bool:
        """Whether the units reach something to which it matters how many there are, or in which places."""
        if self._groups is None:
            self._groups = {self.group(each) for each in self._fixed}
        return self.group(root) in self._groups

    def fix_maker(self, root: str) -> None:
        """Note the same of all units of one layer."""
        self._fixed.add(root)

    def fix(self, axes: Iterable[tuple[Mark, ...]]) -> None:
        """Note that all units along these axes have to stay apart from copies."""
        self._fixed |= roots(axes)

    def join(self, axes: Iterable[tuple[Mark, ...]]) -> None:
        """Note that the units along these axes meet number by number."""
        first, *others = sorted({self.group(root) for root in roots(axes)}) or [""]
        self._joined |= dict.fromkeys(others, first)


def trace(
    layout: Layout,
    units: Units,
    passing: Collection[str] = (),
    strangers: Collection[str] = (),
    tied: Collection[str] = (),
) -> Lineage:
    """Follow all units through a network.

    Layers that are `passing` hand on what they read. Where values are added, the marks of the first are taken that come
    from no `strangers`. What reaches a layer with `tied` parameters is fixed.
    """
    lineage = Lineage()
    known: dict[str, Marks] = {}
    for place in layout.places:
        for value in place.values:
            if value is not None and value.spec is not None and value.source in layout.inputs:
                known[value.source] = own(value.source, value.spec.shape)
    lineage.fix(axis for marks in known.values() for axis in marks)
    for place in layout.places:
        given = [known[value.source] for value in place.values if value is not None]
        lineage.inputs[place.path] = given[0]
        if place.path in passing:
            made: Marks | None = given[0]
        else:
            if place.path in tied:
                lineage.fix(axis for marks in given for axis in marks)
                lineage.fix_maker(place.path)
            made = _flow(place, given, units, strangers, lineage)
        if made is None:
            lineage.fix(axis for marks in given for axis in marks)
        for source, spec in zip(place.produced, place.outputs.values(), strict=True):
            known[source] = own(source, spec.shape) if made is None else made
    lineage.fix(axis for value in layout.outputs.values() for axis in known.get(value.source, ()))
    return lineage


def _flow(
    place: Place,
    given: Sequence[Marks],
    units: Units,
    strangers: Collection[str],
    lineage: Lineage,
) -> Marks | None:
    """Say how the marks of what a layer puts out follow from those of what it reads; None: it mixes them."""
    kind, marks, shape = place.layer.kind, given[0], next(iter(place.outputs.values())).shape
    if unit_axis(place) is not None:
        return _made(place, marks, units, lineage)
    if is_depthwise(place) or kind in WINDOWS:
        lineage.fix(marks[1:])
        return (marks[0], *_sides(shape))
    if place.layer.elementwise or kind in CHANNELWISE + FEATUREWISE:
        return marks
    if kind in CELLWISE:
        return tuple(
            _met([each[axis] for each in given if len(each[axis]) == size], strangers, lineage)
            for axis, size in enumerate(shape)
        )
    return _arranged(place, given, lineage)


def _made(place: Place, marks: Marks, units: Units, lineage: Lineage) -> Marks:
    """Put marks where a layer's own units lie."""
    axis, shape = unit_axis(place), next(iter(place.outputs.values())).shape
    lineage.units[place.path] = shape[axis or 0]
    made = units(place, shape[axis or 0])
    if axis == 0:
        lineage.fix(marks[1:])
        return (made, *_sides(shape))
    return (*(marks if place.layer.kind == "Embedding" else marks[:-1]), made)


def _arranged(place: Place, given: Sequence[Marks], lineage: Lineage) -> Marks | None:
    """Follow marks through layers that only join axes or lay things side by side."""
    layer, marks, x = place.layer, given[0], place.specs[0]
    if isinstance(layer, Flatten):
        return _flattened(marks, next(iter(place.outputs.values())).shape)
    if not isinstance(layer, Mean | Concat) or x is None:
        return None
    at = len(marks) + locate(layer.kind, x, layer.axis)
    if isinstance(layer, Mean):
        lineage.fix(marks[at : at + 1])
        return (*marks[:at], *marks[at + 1 :])
    for axis in range(len(marks)):
        if axis != at:
            lineage.join(each[axis] for each in given)
    joined = tuple(mark for each in given for mark in each[at])
    return (*marks[:at], joined, *marks[at + 1 :])


def _met(
    axes: Sequence[tuple[Mark, ...]], strangers: Collection[str], lineage: Lineage
) -> tuple[Mark, ...]:
    lineage.join(axes)
    return min(axes, key=lambda axis: not roots([axis]).isdisjoint(strangers))


def _flattened(marks: Marks, shape: tuple[int, ...]) -> Marks:
    """Join axes: those left and right of them are told by their sizes."""
    if len(shape) == len(marks):
        return marks
    count = len(marks) - len(shape) + 1
    for start in range(len(shape)):
        part = marks[start : start + count]
        rest = (*marks[:start], *marks[start + count :])
        others = (*shape[:start], *shape[start + 1 :])
        if tuple(map(len, rest)) == others and math.prod(map(len, part)) == shape[start]:
            joined = tuple(sum(one, ()) for one in product(*part))
            return (*marks[:start], joined, *marks[start + count :])
    return own("flatten", shape)


def own(source: str, shape: tuple[int, ...]) -> Marks:
    """Mark the places of something by their numbers along each axis."""
    return tuple(
        tuple(((f"{source}@{axis}", place),) for place in range(size))
        for axis, size in enumerate(shape)
    )


def _sides(shape: tuple[int, ...]) -> Marks:
    """Mark rows and columns by their numbers alone: a picture has its top left wherever it comes from."""
    return own("", shape)[1:]


def roots(axes: Iterable[tuple[Mark, ...]]) -> set[str]:
    """Name the makers of the units along some axes."""
    return {root for axis in axes for mark in axis for root, _ in mark}


def unit_axis(place: Place) -> int | None:
    """Say along which axis of what a layer puts out its own units lie; None if it makes none."""
    kind = place.layer.kind
    if kind in ("Linear", "Embedding"):
        return -1
    if kind == "ConvTranspose2d" or (kind in CONVOLUTIONS and _groups(place) == 1):
        return 0
    return None


def is_depthwise(place: Place) -> bool:
    """Whether a convolution has one filter for each channel, which looks at that channel alone."""
    if place.layer.kind not in CONVOLUTIONS or _groups(place) == 1:
        return False
    channels = next(iter(place.outputs.values())).shape[0]
    x = place.specs[0]
    return x is not None and _groups(place) == channels == x.shape[0]


def _groups(place: Place) -> int:
    groups: int = getattr(place.layer, "groups", 1)
    return groups
