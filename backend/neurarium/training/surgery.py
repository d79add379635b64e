"""Another network in the middle of a run, which knows what the old one has learned.

Nodes are compared by their paths. A widened layer gets copies of its units, and what reads them gets the weights in
parts, so that the answers stay (Net2Net: Chen, Goodfellow and Shlens, 2016). The parts are not equal: copies that are
alike in everything would learn the same for ever. A narrowed layer keeps the units whose outgoing weights are greatest.
What the optimiser remembers goes the same ways.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor

from neurarium.training.command import Fate
from neurarium.training.engine.contract import Memory
from neurarium.training.insertion import Insertions, begin, plan_insertions
from neurarium.training.lineage import (
    CHANNELWISE,
    CONVOLUTIONS,
    FEATUREWISE,
    Lineage,
    Mark,
    is_depthwise,
    trace,
    unit_axis,
)
from neurarium.training.seed import derive
from neurarium_models.layout import Layout, Place, lay_out
from neurarium_models.network import Network

STACKED = {"in_proj_weight": 3, "in_proj_bias": 3}
"""Tensors of several parts along the first axis: attention's queries, keys and values."""
Role = Literal["made", "read", "beside", "place"]
"""What an axis of a tensor stands for: the layer's own units, those that it reads (their products are added up), those
that it works on one by one, or nothing that is followed."""
Sources = list[int | None]
"""For each entry of a new axis, which entry of the old one it was; None where it is new."""


@dataclass(frozen=True)
class Way:
    """How one axis of a tensor becomes that of its successor."""

    sources: Sources
    old: int
    role: Role
    is_matched: bool = True
    """Whether what is new along it is known to be so, and not only beyond the old size."""

    @property
    def kept(self) -> Tensor:
        """The new entries that come from old ones."""
        return torch.tensor(
            [j for j, i in enumerate(self.sources) if i is not None], dtype=torch.long
        )

    @property
    def origin(self) -> Tensor:
        """Those old ones."""
        return torch.tensor([i for i in self.sources if i is not None], dtype=torch.long)

    @property
    def fate(self) -> Fate:
        """What becomes of the entries."""
        used = {i for i in self.sources if i is not None}
        if not used and self.old:
            return "new"
        if len(used) < self.old:
            return "cut"
        return "widened" if len(self.sources) > self.old else "kept"


@dataclass(frozen=True)
class Transfer:
    """What was done: the fate of each parameter, and what the optimiser remembers of the new ones."""

    fates: dict[str, Fate]
    memory: Memory


def transfer(old: Network, new: Network, memory: Memory, seed: int) -> Transfer:
    """Put what the old network has learned into the new one, which has its initial weights."""
    ways = _Ways(old, new)
    begin(new, ways.insertions)
    before = dict(old.named_parameters(remove_duplicate=False)) | dict(old.named_buffers())
    names = {id(value): name for name, value in old.named_parameters()}
    fates: dict[str, Fate] = {}
    remembered: Memory = {}
    learned = {name for name, _ in new.named_parameters()}
    with torch.no_grad():
        for name, value in (*new.named_parameters(), *new.named_buffers()):
            source = before.get(name)
            is_heir = source is not None and source.ndim == value.ndim
            way = ways.of(name, source, value) if source is not None and is_heir else None
            if source is not None and way is not None:
                parts = _parts(way, derive(seed, name), value)
                value.copy_(_moved(source, value, way, parts))
            if name in learned:
                entry = {} if source is None else memory.get(names.get(id(source), ""), {})
                remembered[name] = _remembered(entry, source, value, way, memory)
                fates[name] = "new" if way is None else _fate(way)
    fates |= dict.fromkeys((name for name in names.values() if name not in learned), "gone")
    return Transfer(fates, remembered if memory else {})


def is_even(memory: Memory) -> bool:
    """Whether all parameters have the same count of steps, as engines that keep them in one vector need."""
    return len({float(entry["step"]) for entry in memory.values() if "step" in entry}) < 2


class _Ways:
    """Everything that is known of how one network becomes another."""

    def __init__(self, old: Network, new: Network) -> None:
        self.old = {place.path: place for place in old.places}
        self.new = {place.path: place for place in new.places}
        self.tied = _tied(old) | _tied(new)
        layouts = [lay_out(network.graph, fold=False) for network in (old, new)]
        self.insertions: Insertions = plan_insertions(*layouts)
        self.before = trace(layouts[0], _all_units)
        plain = self._trace(layouts[1], {})
        self.norms = _norms(old, self.before)
        self.chosen = {
            path: self._choose(path, self.before.units[path], count, plain)
            for path, count in plain.units.items()
            if path in self.before.units
        }
        self.after = self._trace(layouts[1], self.chosen)

    def of(self, name: str, source: Tensor, value: Tensor) -> list[Way]:
        """Say for each axis of a tensor where its entries come from."""
        path, short = _split(name, self.new)
        if path not in self.old or path in self.tied or short in STACKED:
            parts = (STACKED.get(short, 1), *(1,) * value.ndim)
            return [_overlap(*each) for each in zip(source.shape, value.shape, parts, strict=False)]
        before, after = self.old[path], self.new[path]
        roles = _roles(after, short, value.ndim)
        if _roles(before, short, value.ndim) != roles:
            roles = _unfollowed(value.ndim)
        return [
            self._way(path, role, a, b)
            for role, a, b in zip(roles, source.shape, value.shape, strict=True)
        ]

    def _way(self, path: str, role: Role, old: int, new: int) -> Way:
        if role == "made" and len(self.chosen.get(path, ())) == new:
            return Way(self.chosen[path], old, role)
        if role in ("read", "beside"):
            at = 0 if self._reads_first(path) else -1
            before = self.before.inputs[path][at]
            after = self.after.inputs[path][at]
            if (len(before), len(after)) == (old, new):
                return _match(before, after, role)
        return _overlap(old, new)

    def _reads_first(self, path: str) -> bool:
        kind = self.new[path].layer.kind
        return kind in (*CONVOLUTIONS, *CHANNELWISE, "ConvTranspose2d", "Subsample2d")

    def _trace(self, layout: Layout, chosen: dict[str, Sources]) -> Lineage:
        def units(place: Place, count: int) -> tuple[Mark, ...]:
            sources = chosen.get(place.path, list(range(count)))
            return tuple(
                ((place.path, -1 - number if unit is None else unit),)
                for number, unit in enumerate(sources)
            )

        found = self.insertions
        return trace(layout, units, found.identities, found.strangers, self.tied)

    def _choose(self, path: str, old: int, new: int, plain: Lineage) -> Sources:
        """Say which old unit each new one is."""
        if new > old:
            rest = new - old
            copies = [None] * rest if plain.is_fixed(path) else [j % old for j in range(rest)]
            return [*range(old), *copies]
        if new == old or plain.is_fixed(path):
            return list(range(new))
        group = plain.group(path)
        members = [
            each
            for each, count in self.before.units.items()
            if count == old and plain.units.get(each) == new and plain.group(each) == group
        ]
        scores = [sum(self.norms.get((each, unit), 0.0) for each in members) for unit in range(old)]
        best = sorted(range(old), key=lambda unit: -scores[unit])[:new]
        return [*sorted(best)]


def _all_units(place: Place, count: int) -> tuple[Mark, ...]:
    return tuple(((place.path, unit),) for unit in range(count))


def _tied(network: Network) -> set[str]:
    """Name the layers that share a parameter with another."""
    places = {place.path: place for place in network.places}
    return {_split(path, places)[0] for group in network.graph.tied for path in group}


def _split(name: str, places: dict[str, Place]) -> tuple[str, str]:
    """Split the path of a tensor into that of its layer and its name there."""
    steps = name.split(".")
    for count in range(len(steps) - 1, 0, -1):
        path = ".".join(steps[:count])
        if path in places:
            return path, ".".join(steps[count:])
    return "", name


def _roles(place: Place, name: str, axes: int) -> tuple[Role, ...]:
    """Say what the axes of a layer's tensor stand for."""
    kind, found = place.layer.kind, _unfollowed(axes)
    if unit_axis(place) is not None:
        matrix: dict[str, tuple[Role, ...]] = {
            "Embedding": ("place", "made"),
            "ConvTranspose2d": ("read", "made"),
        }
        if name == "weight":
            found = (*matrix.get(kind, ("made", "read")), *_unfollowed(axes - 2))
        elif name == "bias":
            found = ("made",)
    elif axes and (kind in (*CHANNELWISE, "Subsample2d") or is_depthwise(place)):
        found = ("beside", *found[1:])
    elif axes and kind in FEATUREWISE:
        found = (*found[:-1], "beside")
    return found


def _unfollowed(axes: int) -> tuple[Role, ...]:
    return tuple("place" for _ in range(axes))


def _norms(network: Network, lineage: Lineage) -> dict[tuple[str, int], float]:
    """Add up the squares of the weights by which each unit is read."""
    found: dict[tuple[str, int], float] = {}
    for place in network.places:
        if unit_axis(place) is None or place.layer.kind == "Embedding":
            continue
        weight = network.get_submodule(place.path).get_parameter("weight").detach().double()
        axis = _roles(place, "weight", weight.ndim).index("read")
        others = [each for each in range(weight.ndim) if each != axis]
        squares = weight.square().sum(others).tolist()
        marks = lineage.inputs[place.path][-1 if place.layer.kind == "Linear" else 0]
        for mark, square in zip(marks, squares, strict=True):
            for atom in mark:
                found[atom] = found.get(atom, 0.0) + square
    return found


def _overlap(old: int, new: int, parts: int = 1) -> Way:
    """Keep the first entries, of each part where several are stacked."""
    whole, size = old // parts, new // parts
    sources: Sources = [
        part * whole + place if place < whole else None
        for part in range(parts)
        for place in range(size)
    ]
    return Way(sources, old, "place", is_matched=False)


def _match(before: Sequence[Mark], after: Sequence[Mark], role: Role) -> Way:
    """Find each mark among those of before; where none of them is there, places count."""
    known: dict[Mark, list[int]] = {}
    for place, mark in enumerate(before):
        known.setdefault(mark, []).append(place)
    seen: dict[Mark, int] = {}
    sources: Sources = []
    for mark in after:
        turn = seen[mark] = seen.get(mark, -1) + 1
        sources.append(known[mark][turn % len(known[mark])] if mark in known else None)
    used = set(sources) - {None}
    if not used:
        return _overlap(len(before), len(after))
    if len(before) == len(after):
        sources = [
            place if source is None and place not in used else source
            for place, source in enumerate(sources)
        ]
    return Way(sources, len(before), role)


def _parts(ways: list[Way], seed: int, value: Tensor) -> Tensor | None:
    """Draw the parts in which copies are read: for each reader by itself, one after the other they add up to 1."""
    axis = next((at for at, way in enumerate(ways) if way.role == "read"), None)
    if axis is None or ways[axis].fate == "new":
        return None
    origin = ways[axis].origin
    if len(origin.unique()) == len(origin):
        return None
    other = 1 - axis
    readers = len(ways[other].origin)
    generator = torch.Generator().manual_seed(seed)
    parts = torch.rand(readers, len(origin), generator=generator, dtype=torch.float64) + 0.5
    sums = torch.zeros(readers, ways[axis].old, dtype=torch.float64)
    sums.index_add_(1, origin, parts)
    parts /= sums[:, origin]
    parts = parts if axis == 1 else parts.T
    return parts.reshape(*parts.shape, *(1,) * (value.ndim - 2)).to(value)


def _moved(old: Tensor, new: Tensor, ways: list[Way], parts: Tensor | None) -> Tensor:
    """Write what is kept of an old tensor over a new one."""
    block = old
    for axis, way in enumerate(ways):
        block = block.index_select(axis, way.origin.to(old.device))
    result = new.clone()
    for axis, way in enumerate(ways):
        if way.role == "read" and way.is_matched:
            # A weight of 0 changes no answer: old units begin so with what they did not read before.
            blank = torch.tensor([j for j, i in enumerate(way.sources) if i is None]).long()
            kept = [blank if at == axis else each.kept for at, each in enumerate(ways)]
            result[_grid(kept)] = 0
    result[_grid([way.kept for way in ways])] = block if parts is None else block * parts
    return result


def _grid(places: list[Tensor]) -> tuple[Tensor, ...]:
    """Index all combinations of places along each axis."""
    count = len(places)
    return tuple(
        each.view(*(-1 if at == axis else 1 for at in range(count)))
        for axis, each in enumerate(places)
    )


def _remembered(
    entry: dict[str, Any],
    old: Tensor | None,
    new: Tensor,
    ways: list[Way] | None,
    memory: Memory,
) -> dict[str, Any]:
    """Bring what an optimiser remembers of one parameter along; of what is new it remembers nothing yet."""
    template = entry or next(iter(memory.values()), {})
    found: dict[str, Any] = {}
    for key, value in template.items():
        if not isinstance(value, Tensor):
            found[key] = value if entry else (0 if value is not None else None)
        elif not value.ndim and not (new.ndim == 0 and key != "step"):
            found[key] = value.clone() if ways is not None and entry else torch.zeros_like(value)
        else:
            blank = torch.zeros_like(new)
            is_known = entry and ways is not None and old is not None and value.shape == old.shape
            found[key] = _moved(value, blank, ways or [], None) if is_known else blank
    return found


def _fate(ways: list[Way]) -> Fate:
    fates = {way.fate for way in ways}
    ranked: tuple[Fate, ...] = ("new", "cut", "widened")
    return next((fate for fate in ranked if fate in fates), "kept")
