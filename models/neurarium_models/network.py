"""The torch module that a graph becomes. Its state_dict names every parameter by the path of its node."""

from collections.abc import Collection, Mapping
from hashlib import blake2b

import torch
from torch import Tensor, nn

from neurarium_models.graph import Graph
from neurarium_models.inspect import inspect
from neurarium_models.layout import Layout, Place, lay_out, sources
from neurarium_models.plan import Compute, Plan, make_plan
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
    layout = lay_out(graph, fold=False, problems=problems)
    errors = inspect(graph).errors or [p for p in problems.listed() if p.severity == "error"]
    if errors:
        raise GraphError(errors)
    drawn_on = torch.device(device if torch.device(device).type == "meta" else "cpu")
    state = torch.default_generator.get_state()
    try:
        with drawn_on:
            modules = {place.path: _draw(place, seed).to(device) for place in layout.places}
    finally:
        torch.default_generator.set_state(state)
    return Network(graph, layout, modules)


def _draw(place: Place, seed: int) -> nn.Module:
    digest = blake2b(f"{seed}/{place.path}".encode(), digest_size=8).digest()
    torch.default_generator.manual_seed(int.from_bytes(digest, "little") >> 1)
    return place.layer.build(*place.specs)


class Group(nn.Module):
    """A block, or one of its repetitions: it only holds what is inside."""


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
        self._instead: dict[str, Compute] = {}
        self._sources = sources(layout)
        self._outputs = {name: value.source for name, value in layout.outputs.items()}
        self.rewire({})

    def forward(self, inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Compute all outputs, by name."""
        values = self._plan.run(inputs)
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
            self._tapped[key] = self._planned(key.union(self._outputs.values()))
        plan = self._tapped[key]
        values = plan.run(inputs)
        outputs = {name: values[plan.results[source]] for name, source in self._outputs.items()}
        return outputs, {path: values[plan.results[source]] for path, source in wanted.items()}

    @property
    def instead(self) -> Mapping[str, Compute]:
        """What is called in place of the modules at some paths."""
        return self._instead

    def rewire(self, instead: Mapping[str, Compute]) -> None:
        """Call something else in place of the modules at some paths, and all others again as they are."""
        self._instead = dict(instead)
        self._plan = self._planned(self._outputs.values())
        self._results = tuple(
            (name, self._plan.results[source]) for name, source in self._outputs.items()
        )
        self._tapped: dict[frozenset[str], Plan] = {}

    def _planned(self, asked: Collection[str]) -> Plan:
        return make_plan(self.places, self._member | self._instead, self.graph.inputs, asked)


def _attach(root: nn.Module, path: str, module: nn.Module) -> None:
    """Make a module a member at its path, through groups that are made on the way."""
    *groups, name = path.split(".")
    holder = root
    for group in groups:
        if group not in holder._modules:
            holder.add_module(group, Group())
        holder = holder.get_submodule(group)
    holder.add_module(name, module)
