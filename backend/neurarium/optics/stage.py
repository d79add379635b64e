"""Stages: a node with the elementwise nodes that follow it. What a page draws as one thing is one thing here."""

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from neurarium.optics.memory import Memory
from neurarium.probe import ProbeError
from neurarium_models.layout import Place, lay_out
from neurarium_models.tensor import TensorSpec

if TYPE_CHECKING:
    from neurarium_models.network import Network

_memory = Memory()
FAR = (-1e30, -1e4, -1e2, 1e2, 1e4, 1e30)
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
        for place in self.nodes[1:]:
            sums = network.get_submodule(place.path)(sums)
        return sums


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


def bounds(network: "Network", stage: Stage) -> tuple[float, float] | None:
    """Find the least and greatest value that the stage's activation can take; None if there is no such bound."""
    return _memory.recall(network, ("bounds", stage.path), lambda: _bounds(network, stage))


def _stages(network: "Network") -> tuple[Stage, ...]:
    shown = {value.source for value in lay_out(network.graph, fold=False).outputs.values()}
    uses = Counter(
        value.source for place in network.places for value in place.values if value is not None
    )
    sole = {
        value.source: place
        for place in network.places
        for value in place.values
        if value is not None
    }
    found, taken = [], set()
    for place in network.places:
        if place.path in taken:
            continue
        nodes = [place]
        while (
            nodes[-1].path not in shown
            and uses[nodes[-1].path] == 1
            and _follows(sole[nodes[-1].path])
        ):
            nodes.append(sole[nodes[-1].path])
        taken.update(node.path for node in nodes)
        found.append(Stage(tuple(nodes), nodes[-1].path in shown))
    return tuple(found)


def _follows(place: Place) -> bool:
    return place.layer.elementwise and len(place.values) == 1


def _bounds(network: "Network", stage: Stage) -> tuple[float, float] | None:
    if not stage.activations:
        return None
    with torch.no_grad():
        first = next(network.parameters(), torch.zeros(()))
        far = stage.bend(
            network, torch.tensor(FAR, dtype=first.dtype, device=first.device)
        ).tolist()
        near = stage.bend(
            network, torch.linspace(-8, 8, 1601, dtype=first.dtype, device=first.device)
        )
    low, high = far[:3], far[3:]
    flat = len(set(low)) == 1 and len(set(high)) == 1
    if not flat:
        return None
    reach = max(abs(low[0]), abs(high[0]), float(near.abs().max()))
    return (0.0 if min(low[0], high[0], float(near.min())) >= 0 else -reach, reach)


def activation_modules(network: "Network", stage: Stage) -> list[nn.Module]:
    """List the modules of the nodes after the first."""
    return [network.get_submodule(place.path) for place in stage.nodes[1:]]
