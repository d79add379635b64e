"""Layers that have another path in a new network and are the same: renamed, put into a block, or taken out of one.

Nobody says so, neither an edited graph nor edited source. A layer that is gone and one that is new are taken for one if
they are of one kind and learn tensors of the same shapes, and also have the same name of their own or the same inputs.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

from neurarium_models.graph import Graph
from neurarium_models.layout import Layout, Place, Value, lay_out

Moves = dict[str, str]
"""The path in the new network by that in the old one; paths that stayed are not listed."""
Key = tuple[object, ...]
Said = TypeVar("Said")


def find_moves(old: Layout, new: Layout) -> Moves:
    """Pair layers that are gone with such that are new, in the order in which numbers flow."""
    before, after = ({place.path for place in layout.places} for layout in (old, new))
    gone: dict[Key, deque[str]] = {}
    for place in old.places:
        if place.path not in after:
            for key in _keys(place, {}):
                gone.setdefault(key, deque()).append(place.path)
    moves: Moves = {}
    origins: Moves = {}
    for place in new.places:
        if place.path in before:
            continue
        for key in _keys(place, origins):
            alike = gone.get(key, deque())
            while alike and alike[0] in moves:
                alike.popleft()
            if alike:
                moves[alike[0]] = place.path
                origins[place.path] = alike[0]
                break
    return moves


def _keys(place: Place, origins: Mapping[str, str]) -> list[Key]:
    """What has to be equal for two layers to be one, the surest first; `origins`: what was called otherwise before."""
    shapes = place.layer.parameter_shapes(*place.specs) if place.fits else {}
    kind = (place.layer.kind, *shapes.items())
    name = place.path.rpartition(".")[2]
    sources = tuple(value and _value(value, origins).source for value in place.values)
    return [(kind, name, sources), (kind, name, None), (kind, None, sources)]


def moved(layout: Layout, moves: Mapping[str, str]) -> Layout:
    """Write the old network with the paths of the new one."""
    places = [
        replace(
            place,
            path=moves.get(place.path, place.path),
            values=tuple(value and _value(value, moves) for value in place.values),
        )
        for place in layout.places
    ]
    outputs = {name: _value(value, moves) for name, value in layout.outputs.items()}
    return replace(layout, places=places, outputs=outputs)


def followed(said: Mapping[str, Said], old: Graph, new: Graph) -> dict[str, Said]:
    """Let what is said of layers and blocks go with them: to another path, or away with those that are gone."""
    if not said or old == new:
        return dict(said)
    after = lay_out(new, fold=False)
    moves = find_moves(lay_out(old, fold=False), after)
    found = {followed_path(path, moves): each for path, each in said.items()}
    return {path: each for path, each in found.items() if within(path, after.places)}


def within(path: str, places: Iterable[Place]) -> list[Place]:
    """List the layers at a path: the one that has it, or all that are in the block."""
    return [place for place in places if place.path == path or place.path.startswith(f"{path}.")]


def followed_path(path: str, moves: Mapping[str, str]) -> str:
    """Say what a layer, or a block of which everything has moved alike, is called now."""
    for before, after in moves.items():
        inside = before.removeprefix(path)
        is_there = before == path or (before != inside and inside.startswith("."))
        if is_there and after.endswith(inside):
            return after.removesuffix(inside) if inside else after
    return path


def _value(value: Value, moves: Mapping[str, str]) -> Value:
    path, colon, port = value.source.partition(":")
    return replace(value, source=f"{moves.get(path, path)}{colon}{port}")
