"""Stages: a node with the elementwise nodes that follow it. What a page draws as one thing is one thing here."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from neurarium.optics.memory import Memory
from neurarium.optics.passes import evaluating
from neurarium.probe import ProbeError
from neurarium_models.layout import Place, lay_out
from neurarium_models.tensor import TensorSpec

if TYPE_CHECKING:
    from neurarium_models.network import Network

_memory = Memory(kept=4096)
FAR = (-1e30, -1e4, -1e2, 1e2, 1e4, 1e30)
STAIRS = 8
FLAT = 0.02
"""An activation that says the same at 100 as at 10^30 is bounded."""


@dataclass(frozen=True, eq=False)
class Stage:
    """Nodes that are drawn as one: the first gives the name and the sum, the last the output."""

    nodes: tuple[Place, ...]
    is_output: bool
    """Whether it is what an output of the network shows."""

    @property
    def path(self) -> str:
        """Name the stage by its first node."""
        return self.nodes[0].path

    @property
    def end(self) -> str:
        """Name the node whose output is the stage's."""
        return self.nodes[-1].path

    @property
    def spec(self) -> TensorSpec:
        """Describe the output of one example."""
        return next(iter(self.nodes[-1].outputs.values()))

    @property
    def sources(self) -> tuple[str, ...]:
        """Name what flows in."""
        return tuple(value.source for value in self.nodes[0].values if value is not None)

    @property
    def activations(self) -> tuple[str, ...]:
        """Name the kinds of layers that follow the first."""
        return tuple(place.layer.kind for place in self.nodes[1:])

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """Name its learned tensors as the network's state_dict does."""
        return tuple(
            f"{place.path}.{name}"
            for place in self.nodes
            for name in place.layer.parameter_shapes(*place.specs)
        )

    def bend(self, network: "Network", sums: Tensor) -> Tensor:
        """Apply the activation, if there is one."""
        with evaluating(network):
            for place in self.nodes[1:]:
                sums = network.get_submodule(place.path)(sums)
        return sums


def learned(network: "Network", stage: Stage) -> tuple[str, ...]:
    """Name what a stage learns as the network's list of parameters has it: of tensors that are tied, the first."""
    first = {path: owner for owner, *others in network.graph.tied for path in others}
    return tuple(first.get(path, path) for path in stage.parameters)


def stages(network: "Network") -> tuple[Stage, ...]:
    """List a network's stages in the order in which they are computed."""
    return _memory.recall(network, "stages", lambda: _stages(network))


def find(network: "Network", path: str | None, learns: bool = False) -> Stage:
    """Find the stage that a node belongs to; without a path the first one (that learns something)."""
    known = stages(network)
    if path is None:
        for stage in known:
            if stage.parameters or not learns:
                return stage
        raise ProbeError(
            "Nothing in this network learns." if learns else "This network has no layers."
        )
    for stage in known:
        if any(place.path == path for place in stage.nodes):
            return stage
    names = ", ".join(f"`{stage.path}`" for stage in known[:8]) + (
        ", ..." if len(known) > 8 else ""
    )
    raise ProbeError(f"This network has no node `{path}`. It has: {names}.")


def home(network: "Network", source: str) -> str:
    """Name the stage that a source belongs to; a graph input is its own home."""
    node = source.partition(":")[0]
    return next(
        (s.path for s in stages(network) if any(place.path == node for place in s.nodes)), source
    )


def hidden(network: "Network") -> list[Stage]:
    """List the stages between what comes in and what goes out that something learned has a part in."""
    learned: set[str] = set()
    found = []
    for stage in stages(network):
        if stage.parameters or learned.intersection(
            source.partition(":")[0] for source in stage.sources
        ):
            learned.update(place.path for place in stage.nodes)
            if not stage.is_output:
                found.append(stage)
    return found


def is_staircase(network: "Network", stage: Stage) -> bool:
    """Say whether the stage's activation only jumps between a few values."""

    def measure() -> bool:
        with torch.no_grad():
            return (
                bool(stage.activations)
                and len(torch.unique(stage.bend(network, _near(network)))) <= STAIRS
            )

    return _memory.recall(network, ("staircase", stage.path), measure)


def bounds(network: "Network", stage: Stage) -> tuple[float, float] | None:
    """Find the least and greatest value that the stage's activation can take; None if there is no such bound."""
    return _memory.recall(network, ("bounds", stage.path), lambda: _bounds(network, stage))


def steepest(network: "Network", stage: Stage) -> float:
    """Find the greatest slope of the stage's activation near zero."""

    def measure() -> float:
        return float(slopes(network, stage, _near(network)).abs().max())

    return _memory.recall(network, ("steepest", stage.path), measure)


def slopes(network: "Network", stage: Stage, sums: Tensor) -> Tensor:
    """Differentiate the activation at each sum."""
    leaf = sums.detach().requires_grad_()
    with torch.enable_grad():
        total = stage.bend(network, leaf).sum()
    (found,) = (
        torch.autograd.grad(total, leaf) if total.requires_grad else (torch.zeros_like(sums),)
    )
    return found


def _stages(network: "Network") -> tuple[Stage, ...]:
    shown = {value.source for value in lay_out(network.graph, fold=False).outputs.values()}
    readers: dict[str, list[Place]] = {}
    for place in network.places:
        for value in place.values:
            if value is not None:
                readers.setdefault(value.source, []).append(place)

    def follower(path: str) -> Place | None:
        """Find the node that alone reads this one, if it is elementwise and nobody else is shown it."""
        reading = readers.get(path, [])
        alone = len(reading) == 1 and path not in shown
        return (
            reading[0]
            if alone and reading[0].layer.elementwise and len(reading[0].values) == 1
            else None
        )

    found: list[Stage] = []
    taken: set[str] = set()
    for place in network.places:
        if place.path in taken:
            continue
        nodes = [place]
        while (following := follower(nodes[-1].path)) is not None:
            nodes.append(following)
        taken.update(node.path for node in nodes)
        found.append(Stage(tuple(nodes), nodes[-1].path in shown))
    return tuple(found)


def _near(network: "Network") -> Tensor:
    """Where activations bend, in the network's precision and on its device."""
    like = next(network.parameters(), torch.zeros(()))
    return torch.linspace(-8, 8, 1601, dtype=like.dtype, device=like.device)


def _bounds(network: "Network", stage: Stage) -> tuple[float, float] | None:
    if not stage.activations:
        return None
    with torch.no_grad():
        near = _near(network)
        far = stage.bend(network, near.new_tensor(FAR)).tolist()
        values = [*far, *stage.bend(network, near).tolist()]
    if max(far[:3]) - min(far[:3]) > FLAT or max(far[3:]) - min(far[3:]) > FLAT:
        return None
    reach = max(map(abs, values))
    return (0.0 if min(values) >= 0 else -reach, reach)
