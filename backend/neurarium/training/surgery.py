"""Another network in the middle of a run, which knows what the old one has learned.

Nodes are compared by their paths, or by what they are where one has another path (`moves.py`). A widened layer gets
copies of its units, and what reads them gets the weights in parts, so that the answers stay (Net2Net: Chen, Goodfellow
and Shlens, 2016). The parts are not equal: copies that are alike in everything would learn the same for ever. A
narrowed layer keeps the units whose outgoing weights are greatest. What the optimiser remembers goes the same ways.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from neurarium.training.command import Fate
from neurarium.training.engine.contract import Memory
from neurarium.training.insertion import begin
from neurarium.training.lineage import Atom, Lineage, unit_axis
from neurarium.training.moves import Moves
from neurarium.training.seed import derive
from neurarium.training.ways import Way, Ways, fate_of, roles_of
from neurarium_models.network import Network


@dataclass(frozen=True)
class Transfer:
    """What was done: the fate of each parameter, and what the optimiser remembers of the new ones."""

    fates: dict[str, Fate]
    memory: Memory


def transfer(old: Network, new: Network, memory: Memory, seed: int) -> Transfer:
    """Put what the old network has learned into the new one, which has its initial weights."""
    ways = Ways(old.graph, new.graph, lambda lineage, moves: _norms(old, lineage, moves))
    begin(new, ways.insertions)
    before = dict(old.named_parameters(remove_duplicate=False)) | dict(old.named_buffers())
    names = {id(value): name for name, value in old.named_parameters()}
    fates: dict[str, Fate] = {}
    remembered: Memory = {}
    learned = {name for name, _ in new.named_parameters()}
    with torch.no_grad():
        for name, value in (*new.named_parameters(), *new.named_buffers()):
            source = before.get(ways.former(name))
            is_heir = source is not None and source.ndim == value.ndim
            way = None
            if source is not None and is_heir:
                way = ways.of(name, tuple(source.shape), tuple(value.shape))
            if source is not None and way is not None:
                parts = _parts(way, derive(seed, name), value)
                value.copy_(_moved(source, value, way, parts))
            if name in learned:
                entry = {} if source is None else memory.get(names.get(id(source), ""), {})
                remembered[name] = _remembered(entry, source, value, way, memory)
                fates[name] = "new" if way is None else fate_of(way)
    kept = {ways.former(name) for name in learned}
    fates |= dict.fromkeys((name for name in names.values() if name not in kept), "gone")
    return Transfer(fates, remembered if memory else {})


def is_even(memory: Memory) -> bool:
    """Whether all parameters have the same count of steps, as engines that keep them in one vector need."""
    return len({float(entry["step"]) for entry in memory.values() if "step" in entry}) < 2


def _norms(network: Network, lineage: Lineage, moves: Moves) -> dict[Atom, float]:
    """Add up the squares of the weights by which each unit is read."""
    found: dict[Atom, float] = {}
    for place in network.places:
        if unit_axis(place) is None or place.layer.kind == "Embedding":
            continue
        weight = network.get_submodule(place.path).get_parameter("weight").detach().double()
        axis = roles_of(place, "weight", weight.ndim).index("read")
        others = [each for each in range(weight.ndim) if each != axis]
        squares = weight.square().sum(others).tolist()
        marks = lineage.inputs[moves.get(place.path, place.path)][
            -1 if place.layer.kind == "Linear" else 0
        ]
        for mark, square in zip(marks, squares, strict=True):
            for atom in mark:
                found[atom] = found.get(atom, 0.0) + square
    return found


def _parts(ways: list[Way], seed: int, value: Tensor) -> Tensor | None:
    """Draw the parts in which copies are read: for each reader by itself, one after the other they add up to 1."""
    axis = next((at for at, way in enumerate(ways) if way.role == "read"), None)
    if axis is None or ways[axis].fate == "new":
        return None
    origin = _origin(ways[axis])
    if len(origin.unique()) == len(origin):
        return None
    other = 1 - axis
    readers = len(_origin(ways[other]))
    generator = torch.Generator().manual_seed(seed)
    parts = torch.rand(readers, len(origin), generator=generator, dtype=torch.float64) + 0.5
    sums = torch.zeros(readers, ways[axis].old, dtype=torch.float64)
    sums.index_add_(1, origin, parts)
    parts /= sums[:, origin]
    parts = parts if axis == 1 else parts.T
    return parts.reshape(*parts.shape, *(1,) * (value.ndim - 2)).to(value)


def _kept(way: Way) -> Tensor:
    """List the new entries that come from old ones."""
    return torch.tensor([j for j, i in enumerate(way.sources) if i is not None]).long()


def _origin(way: Way) -> Tensor:
    """List those old ones."""
    return torch.tensor([i for i in way.sources if i is not None]).long()


def _moved(old: Tensor, new: Tensor, ways: list[Way], parts: Tensor | None) -> Tensor:
    """Write what is kept of an old tensor over a new one."""
    block = old
    for axis, way in enumerate(ways):
        block = block.index_select(axis, _origin(way).to(old.device))
    result = new.clone()
    for axis, way in enumerate(ways):
        if way.role == "read" and way.is_matched:
            # A weight of 0 changes no answer: old units begin so with what they did not read before.
            blank = torch.tensor([j for j, i in enumerate(way.sources) if i is None]).long()
            kept = [blank if at == axis else _kept(each) for at, each in enumerate(ways)]
            result[_grid(kept)] = 0
    result[_grid([_kept(way) for way in ways])] = block if parts is None else block * parts
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
