"""A network as it was before it was edited, kept until the next step: an edit undone at once leaves no trace."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from neurarium.training.engine.contract import Memory
from neurarium.training.state import FormerFacts
from neurarium_models.graph import Graph
from neurarium_models.network import Network

if TYPE_CHECKING:
    from neurarium.training.run import Run

MOST = 4
"""Edits in a row that can be taken back exactly."""


@dataclass(frozen=True)
class Former:
    """A network with all that was learned, as copies."""

    graph: Graph
    values: dict[str, Tensor]
    """Parameters and buffers, by their paths."""
    memory: Memory

    @staticmethod
    def of(run: "Run") -> "Former":
        """Copy what a run has now."""
        memory = {
            name: {key: _copied(value) for key, value in entry.items()}
            for name, entry in run.engine.memory().items()
        }
        values = {name: value.detach().clone() for name, value in tensors(run.network).items()}
        return Former(run.job.graph, values, memory)

    def network(self, fresh: Network) -> Network:
        """Give a network that was built from the same graph all values back."""
        with torch.no_grad():
            for name, value in tensors(fresh).items():
                value.copy_(self.values[name])
        return fresh


def tensors(network: Network) -> dict[str, Tensor]:
    """Name all that a network keeps."""
    return dict(network.named_parameters()) | dict(network.named_buffers())


def remember(formers: tuple[Former, ...], latest: Former) -> tuple[Former, ...]:
    """Keep one more; the oldest is forgotten where they are too many."""
    return (*formers, latest)[-MOST:]


def save(formers: tuple[Former, ...]) -> tuple[list[FormerFacts], dict[str, Tensor]]:
    """Write formers as what a state holds."""
    facts: list[FormerFacts] = []
    found: dict[str, Tensor] = {}
    for number, former in enumerate(formers):
        scalars: dict[str, float] = {}
        found |= {f"former.{number}.value.{name}": value for name, value in former.values.items()}
        for name, entry in former.memory.items():
            for key, value in entry.items():
                if isinstance(value, Tensor):
                    found[f"former.{number}.optimizer.{name}.{key}"] = value
                elif value is not None:
                    scalars[f"{name}.{key}"] = float(value)
        facts.append(FormerFacts(graph=former.graph, scalars=scalars))
    return facts, found


def load(facts: list[FormerFacts], found: Mapping[str, Tensor]) -> tuple[Former, ...]:
    """Read what `save` wrote."""
    formers = tuple(Former(each.graph, {}, {}) for each in facts)
    for name, value in found.items():
        head, _, rest = name.partition(".")
        if head == "former":
            at, kind, path = rest.split(".", 2)
            if kind == "value":
                formers[int(at)].values[path] = value
            else:
                _enter(formers[int(at)].memory, path, value)
    for former, each in zip(formers, facts, strict=True):
        for path, number in each.scalars.items():
            _enter(former.memory, path, number)
    return formers


def _enter(memory: Memory, path: str, value: Any) -> None:
    name, _, key = path.rpartition(".")
    memory.setdefault(name, {})[key] = value


def _copied(value: Any) -> Any:
    return value.detach().clone() if isinstance(value, Tensor) else value
