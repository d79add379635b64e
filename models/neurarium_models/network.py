"""The torch module that a graph becomes. Its state_dict names every parameter by the path of its node."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import torch
from torch import Tensor, nn

from neurarium_models.graph import Graph
from neurarium_models.inspect import inspect
from neurarium_models.layout import Layout, Place, lay_out
from neurarium_models.problem import Problem, Problems


class GraphError(ValueError):
    """This graph cannot be built; `problems` says why, node by node."""

    def __init__(self, problems: list[Problem]) -> None:
        """Show the first problems as sentences."""
        super().__init__("\n".join(f"{p.node or 'network'}: {p.message}" for p in problems[:5]))
        self.problems = problems


def build_network(graph: Graph, seed: int = 0, device: str | torch.device = "cpu") -> "Network":
    """Build a graph's network with torch's usual initial weights, or raise GraphError.

    Each layer draws from a generator of its own, made of the seed and its path: what is added, removed or changed
    elsewhere leaves its initial weights as they are. They do not depend on the device either.
    """
    problems = Problems()
    layout = lay_out(graph, problems, fold=False)
    errors = inspect(graph).errors or [p for p in problems.listed() if p.severity == "error"]
    if errors:
        raise GraphError(errors)
    drawn_on = torch.device(device if torch.device(device).type == "meta" else "cpu")
    state = torch.default_generator.get_state()
    try:
        with drawn_on:
            modules = {place.path: _draw(place, seed) for place in layout.places}
    finally:
        torch.default_generator.set_state(state)
    return Network(graph, layout, modules).to(device)


def _draw(place: Place, seed: int) -> nn.Module:
    digest = blake2b(f"{seed}/{place.path}".encode(), digest_size=8).digest()
    torch.default_generator.manual_seed(int.from_bytes(digest, "little") >> 1)
    return place.layer.build(*place.specs)


class Group(nn.Module):
    """A block, or one of its repetitions: it only holds what is inside."""


Step = tuple[nn.Module, int, int, tuple[tuple[int, ...], tuple[int, ...]] | None]
"""A module, the slots of its input and output, and all slots where one of each is not enough."""


@dataclass(frozen=True)
class Plan:
    """What to compute, in which order, flattened so that running it looks nothing up by name.

    Values lie in numbered slots. A slot is used again once nobody needs what lies in it, so that memory is freed as
    early as in handwritten code. Slot 0 holds None: the value of inputs that are not connected.
    """

    size: int
    inputs: tuple[tuple[str, int], ...]
    steps: tuple[Step, ...]
    results: dict[str, int]
    """The slot of each source that was asked for."""


class Network(nn.Module):
    """A graph that calculates. Batches are named tensors with the examples along the first axis.

    Nodes are members by their ids, those of blocks members of members: `get_submodule("blocks.3.attention")`.
    """

    def __init__(self, graph: Graph, layout: Layout, modules: Mapping[str, nn.Module]) -> None:
        super().__init__()
        self.graph = graph
        self.places = tuple(layout.places)
        """All layers, in the order in which they are computed."""
        for path, module in modules.items():
            _attach(self, path, module)
        for owner, *others in graph.tied:
            parameter = self.get_parameter(owner)
            for path in others:
                holder, _, name = path.rpartition(".")
                setattr(self.get_submodule(holder), name, parameter)
        self._member = dict(modules)
        self._sources = _sources(layout)
        self._outputs = {name: value.source for name, value in layout.outputs.items()}
        self._plan = _plan(self.graph, self.places, self._member, self._outputs.values())
        self._results = tuple(
            (name, self._plan.results[source]) for name, source in self._outputs.items()
        )
        self._tapped: dict[frozenset[str], Plan] = {}

    def forward(self, inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Compute all outputs, by name."""
        values = _run(self._plan, inputs)
        return {name: values[slot] for name, slot in self._results}

    def tapped(
        self, inputs: Mapping[str, Tensor], paths: Collection[str]
    ) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """Compute all outputs, and what comes out at some paths: nodes, blocks, repetitions, graph inputs.

        The values take part in autograd, so that gradients can be asked for at each of them. An unknown path raises
        KeyError. Where there are several outputs, `path` means the first and `path:port` any.
        """
        wanted = {path: self._sources[path] for path in paths}
        key = frozenset(wanted.values())
        if key not in self._tapped:
            asked = key.union(self._outputs.values())
            self._tapped[key] = _plan(self.graph, self.places, self._member, asked)
        plan = self._tapped[key]
        values = _run(plan, inputs)
        outputs = {name: values[plan.results[source]] for name, source in self._outputs.items()}
        return outputs, {path: values[plan.results[source]] for path, source in wanted.items()}


def _attach(root: nn.Module, path: str, module: nn.Module) -> None:
    """Make a module a member at its path, through groups that are made on the way."""
    *groups, name = path.split(".")
    holder = root
    for group in groups:
        if group not in holder._modules:
            holder.add_module(group, Group())
        holder = holder.get_submodule(group)
    holder.add_module(name, module)


def _sources(layout: Layout) -> dict[str, str]:
    """Say for each path at which one may look where its value comes from."""
    sources = {}
    for fold in layout.folds:
        paths = [fold.path] if fold.first is None else [f"{fold.path}.{fold.first}", fold.path]
        for path in paths:
            # An outer path is overwritten by each repetition, so that it ends as that of the last.
            sources.update({f"{path}:{port}": value.source for port, value in fold.outputs.items()})
            sources[path] = next(iter(fold.outputs.values())).source
    for place in layout.places:
        named = _produced(place)
        sources.update({source: source for source in named})
        sources[place.path] = named[0]
    return {name: name for name in layout.inputs} | sources


def _produced(place: Place) -> tuple[str, ...]:
    """Name what a layer puts out, as values name where they come from."""
    several = len(place.outputs) > 1
    return tuple(f"{place.path}:{port}" if several else place.path for port in place.outputs)


def _plan(
    graph: Graph, places: Sequence[Place], member: Mapping[str, nn.Module], asked: Collection[str]
) -> Plan:
    """Choose the layers that what is asked for depends on, and give every value a slot."""
    needed, wanted = [], set(asked)
    for place in reversed(places):
        if wanted.intersection(_produced(place)):
            needed.append(place)
            wanted.update(value.source for value in place.values if value is not None)
    needed.reverse()
    last = {
        value.source: step
        for step, place in enumerate(needed)
        for value in place.values
        if value is not None
    }
    last.update(dict.fromkeys(asked, len(needed)))

    slots: dict[str, int] = {}
    free: list[int] = []
    size = 1

    def take(source: str) -> int:
        nonlocal size
        if not free:
            free.append(size)
            size += 1
        slots[source] = free.pop()
        return slots[source]

    inputs = tuple((name, take(name)) for name in graph.inputs if name in wanted)
    steps: list[Step] = []
    for number, place in enumerate(needed):
        read = tuple(0 if value is None else slots[value.source] for value in place.values)
        done = {
            value.source
            for value in place.values
            if value is not None and last[value.source] == number
        }
        free.extend(slots[source] for source in done)
        written = tuple(take(source) for source in _produced(place))
        free.extend(slots[source] for source in _produced(place) if source not in last)
        plain = len(read) == len(written) == 1
        steps.append((member[place.path], read[0], written[0], None if plain else (read, written)))
    return Plan(size, inputs, tuple(steps), {source: slots[source] for source in asked})


def _run(plan: Plan, inputs: Mapping[str, Tensor]) -> list[Any]:
    """Take all steps of a plan: the hot loop, within a few percent of `nn.Sequential`."""
    values: list[Any] = [None] * plan.size
    for name, slot in plan.inputs:
        values[slot] = inputs[name]
    for module, read, written, several in plan.steps:
        if several is None:
            values[written] = module(values[read])
            continue
        reads, writes = several
        result = module(*[values[slot] for slot in reads])
        if len(writes) == 1:
            values[written] = result
        else:
            for slot, value in zip(writes, result, strict=True):
                values[slot] = value
    return values
