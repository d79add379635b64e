"""In what two networks differ: place by place, by their paths, and in numbers."""

import re
from typing import Any, Literal

from pydantic import Field

from neurarium_models.depth import depth, unfolded
from neurarium_models.graph import Graph
from neurarium_models.inspect import InspectedNode, Memory, Record, inspect, inspect_place
from neurarium_models.layer import Layer
from neurarium_models.layout import Layout
from neurarium_models.tensor import TensorSpec

INDEX = re.compile(r"(?<=\.)\d+(?=\.)")
"""Number of a repetition in a path."""


class SettingDifference(Record):
    """A setting that is another in the second network."""

    name: str
    before: Any
    after: Any


class Side(Record):
    """What stands at a path in one of the two networks."""

    kind: str = Field(description="Kind of layer.")
    sources: list[str] = Field(description="What feeds it.")
    outputs: dict[str, TensorSpec] = Field(
        description="What comes out, by port; empty where unknown."
    )
    parameters: int
    flops: int = Field(description="Of one forward pass for one example.")


class NodeDifference(Record):
    """One path of the two networks, or several that differ in the same way in the repetitions of a block."""

    path: str = Field(description="Of the first of them.")
    count: int = Field(description="How many places of repeated blocks are like this one.")
    change: Literal["same", "changed", "removed", "added"] = Field(
        description="`removed`: only in the first network; `added`: only in the second."
    )
    before: Side | None = Field(description="In the first network; none: it is not there.")
    after: Side | None = Field(description="In the second network; none: it is not there.")
    settings: list[SettingDifference] = Field(
        description="Where both have a layer of one kind: its settings that differ."
    )


class Totals(Record):
    """One of the two networks in numbers."""

    parameters: int = Field(description="How many numbers are learned.")
    flops: int = Field(description="Floating-point operations of one forward pass for one example.")
    memory: Memory
    layers: int = Field(description="How many layers there are with all repetitions.")
    depth: int = Field(
        description="Layers with weights, one behind the other, on the longest way through it."
    )


class GraphDifference(Record):
    """Two networks beside each other."""

    before: Totals
    after: Totals
    nodes: list[NodeDifference] = Field(
        description="Every path, in the order of the first network; what only the second has, where it stands there."
    )


def graph_difference(before: Graph, after: Graph) -> GraphDifference:
    """Compare two networks place by place; never raises: what is wrong with one is what its inspection says."""
    layouts = unfolded(before), unfolded(after)
    one, other = (_places(layout) for layout in layouts)
    rows = [_row(path, one.get(path), other.get(path)) for path in _order(list(one), list(other))]
    return GraphDifference(
        before=_totals(before, layouts[0]), after=_totals(after, layouts[1]), nodes=_folded(rows)
    )


_Stand = tuple[Layer, InspectedNode]


def _places(layout: Layout) -> dict[str, _Stand]:
    return {place.path: (place.layer, inspect_place(place)) for place in layout.places}


def _order(one: list[str], other: list[str]) -> list[str]:
    """Join two orders: what only the second has follows what it follows there."""
    known, following, last = set(one), dict[str, list[str]](), ""
    for path in other:
        if path in known:
            last = path
        else:
            following.setdefault(last, []).append(path)
    joined = following.get("", [])
    for path in one:
        joined = [*joined, path] if path not in following else [*joined, path, *following[path]]
    return joined


def _row(path: str, one: _Stand | None, other: _Stand | None) -> NodeDifference:
    before, after = _side(one), _side(other)
    settings = _settings(one, other)
    change: Literal["same", "changed", "removed", "added"]
    if before is None or after is None:
        change = "added" if before is None else "removed"
    else:
        change = "changed" if settings or before != after else "same"
    return NodeDifference(
        path=path, count=1, change=change, before=before, after=after, settings=settings
    )


def _side(stand: _Stand | None) -> Side | None:
    if stand is None:
        return None
    _, node = stand
    return Side(
        kind=node.kind,
        sources=[wire.source for wire in node.inputs],
        outputs=node.outputs,
        parameters=node.parameters,
        flops=node.flops,
    )


def _settings(one: _Stand | None, other: _Stand | None) -> list[SettingDifference]:
    if one is None or other is None or one[0].kind != other[0].kind:
        return []
    before, after = (stand[0].model_dump(mode="json") for stand in (one, other))
    return [
        SettingDifference(name=name, before=before[name], after=after[name])
        for name in before
        if before[name] != after[name]
    ]


def _folded(rows: list[NodeDifference]) -> list[NodeDifference]:
    """Put rows that are alike but for the numbers of repetitions into one, at the place of the first."""
    found: dict[str, list[NodeDifference]] = {}
    for row in rows:
        alike = INDEX.sub("*", row.model_dump_json())
        found.setdefault(alike, []).append(row)
    return [alike[0].model_copy(update={"count": len(alike)}) for alike in found.values()]


def _totals(graph: Graph, layout: Layout) -> Totals:
    whole = inspect(graph)
    return Totals(
        parameters=whole.parameters,
        flops=whole.flops,
        memory=whole.memory,
        layers=whole.layers,
        depth=depth(layout),
    )
