"""Where the numbers of a network go when another one takes its place: entry by entry, from shapes alone.

Nothing here needs torch: what an edit keeps can be said before it is made.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from neurarium.training.command import Fate
from neurarium.training.insertion import Insertions, plan_insertions
from neurarium.training.lineage import (
    CHANNELWISE,
    CONVOLUTIONS,
    FEATUREWISE,
    Atom,
    Lineage,
    Mark,
    is_depthwise,
    trace,
    unit_axis,
)
from neurarium.training.moves import Moves, find_moves, moved
from neurarium_models.graph import Graph
from neurarium_models.layout import Layout, Place, lay_out

STACKED = {"in_proj_weight": 3, "in_proj_bias": 3}
"""Tensors of several parts along the first axis: attention's queries, keys and values."""
Role = Literal["made", "read", "beside", "place"]
"""What an axis of a tensor stands for: the layer's own units, those that it reads (their products are added up), those
that it works on one by one, or nothing that is followed."""
Sources = list[int | None]
"""For each entry of a new axis, which entry of the old one it was; None where it is new."""


Norms = Mapping[Atom, float]
"""How strongly each unit is read."""


@dataclass(frozen=True)
class Way:
    """How one axis of a tensor becomes that of its successor."""

    sources: Sources
    old: int
    role: Role
    is_matched: bool = True
    """Whether what is new along it is known to be so, and not only beyond the old size."""

    @property
    def fate(self) -> Fate:
        """What becomes of the entries."""
        used = {i for i in self.sources if i is not None}
        if not used and self.old:
            return "new"
        if len(used) < self.old:
            return "cut"
        return "widened" if len(self.sources) > self.old else "kept"


class Ways:
    """Everything that is known of how one network becomes another."""

    def __init__(self, old: Graph, new: Graph, norms: Callable[[Lineage, Moves], Norms]) -> None:
        """Compare two networks that can be built; `norms` says which units are kept where some have to go."""
        layouts = [lay_out(graph, fold=False) for graph in (old, new)]
        self.moves = find_moves(*layouts)
        """Layers of the old network that have another path now. In all that follows they have their new one."""
        tied = _tied(old, {place.path: place for place in layouts[0].places})
        layouts[0] = moved(layouts[0], self.moves)
        self._origins = {path: former for former, path in self.moves.items()}
        self.old = {place.path: place for place in layouts[0].places}
        self.new = {place.path: place for place in layouts[1].places}
        self.tied = {self.moves.get(path, path) for path in tied} | _tied(new, self.new)
        self.insertions: Insertions = plan_insertions(*layouts)
        self.before = trace(layouts[0], _all_units)
        plain = self._trace(layouts[1], {})
        self.norms = norms(self.before, self.moves)
        self.chosen = {
            path: self._choose(path, self.before.units[path], count, plain)
            for path, count in plain.units.items()
            if path in self.before.units
        }
        self.after = self._trace(layouts[1], self.chosen)

    def former(self, name: str) -> str:
        """Say what a tensor of the new network was called in the old one, if it was there."""
        path, short = split(name, self.new)
        return f"{self._origins[path]}.{short}" if path in self._origins else name

    def of(self, name: str, source: tuple[int, ...], value: tuple[int, ...]) -> list[Way]:
        """Say for each axis of a tensor of some shape where its entries come from."""
        path, short = split(name, self.new)
        if path not in self.old or path in self.tied or short in STACKED:
            parts = (STACKED.get(short, 1), *(1,) * len(value))
            return [_overlap(*each) for each in zip(source, value, parts, strict=False)]
        before, after = self.old[path], self.new[path]
        roles = roles_of(after, short, len(value))
        if roles_of(before, short, len(value)) != roles:
            roles = _unfollowed(len(value))
        return [
            self._way(path, role, a, b) for role, a, b in zip(roles, source, value, strict=True)
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


def _tied(graph: Graph, places: Mapping[str, Place]) -> set[str]:
    """Name the layers that share a parameter with another."""
    return {split(path, places)[0] for group in graph.tied for path in group}


def split(name: str, places: Mapping[str, Place]) -> tuple[str, str]:
    """Split the path of a tensor into that of its layer and its name there."""
    steps = name.split(".")
    for count in range(len(steps) - 1, 0, -1):
        path = ".".join(steps[:count])
        if path in places:
            return path, ".".join(steps[count:])
    return "", name


def roles_of(place: Place, name: str, axes: int) -> tuple[Role, ...]:
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


def fate_of(ways: Sequence[Way]) -> Fate:
    """Say what becomes of a tensor whose axes go these ways."""
    fates = {way.fate for way in ways}
    ranked: tuple[Fate, ...] = ("new", "cut", "widened")
    return next((fate for fate in ranked if fate in fates), "kept")
