"""A network that goes on with other input features: weights of those that stay are kept, new ones start at 0.

A weight of 0 changes no answer, so that the network knows as much as before and then begins to use what is new.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from neurarium.dataset import Dataset
from neurarium.training.command import CommandError
from neurarium.training.engine.contract import Memory
from neurarium.training.features import feature_names
from neurarium_models.network import Network


@dataclass(frozen=True)
class Columns:
    """For each feature of the new input, which one of the old input it was; None where it is new."""

    sources: tuple[int | None, ...]
    dropped: int

    @property
    def kept(self) -> int:
        """Count the features that stay."""
        return sum(source is not None for source in self.sources)

    @property
    def changes(self) -> bool:
        """Say whether any feature has come, gone or moved."""
        return self.dropped > 0 or self.sources != tuple(range(len(self.sources)))

    @property
    def added(self) -> int:
        """Count the features that are new."""
        return len(self.sources) - self.kept

    def move(self, old: Tensor) -> Tensor:
        """Arrange the last axis anew, with zeros where a feature is new."""
        new = old.new_zeros(*old.shape[:-1], len(self.sources))
        for place, source in enumerate(self.sources):
            if source is not None:
                new[..., place] = old[..., source]
        return new


def match(old: Dataset, new: Dataset) -> Columns:
    """Find each feature of the new data among those of the old."""
    before, after = feature_names(old), feature_names(new)
    if not before or not after:
        return Columns((), 0)
    sources = tuple(before.index(name) if name in before else None for name in after)
    return Columns(sources, len(set(before) - set(after)))


def refit(old: Network, new: Network, columns: Columns) -> None:
    """Put what the old network has learned into the new one, or raise CommandError where it does not fit."""
    before = dict(old.named_parameters()) | dict(old.named_buffers())
    first = first_weights(new)
    with torch.no_grad():
        for name, value in (*new.named_parameters(), *new.named_buffers()):
            fitted = columns.move(before[name]) if name in first else before[name]
            if fitted.shape != value.shape:
                raise CommandError(
                    f"`{name}` would change its shape from {tuple(fitted.shape)} to "
                    f"{tuple(value.shape)}: only a network that begins with fully connected layers "
                    "can be given other features while it trains."
                )
            value.copy_(fitted)


def copied(old: Network, new: Network) -> None:
    """Put the same weights into a network for longer or shorter sentences, or raise CommandError."""
    before = old.state_dict()
    for name, value in new.state_dict().items():
        if before[name].shape != value.shape:
            raise CommandError(
                f"`{name}` would change its shape from {tuple(before[name].shape)} to {tuple(value.shape)}: a layer of "
                "this network is made for sentences of one length. Start a new run with these data."
            )
    new.load_state_dict(before)


def refit_memory(memory: Memory, network: Network, columns: Columns) -> Memory:
    """Do the same with what the optimiser remembers of each parameter."""
    first = first_weights(network)

    def fitted(name: str, value: Any) -> Any:
        return (
            columns.move(value)
            if name in first and isinstance(value, Tensor) and value.ndim
            else value
        )

    return {
        name: {key: fitted(name, value) for key, value in entry.items()}
        for name, entry in memory.items()
    }


def first_weights(network: Network) -> set[str]:
    """Paths of the weights whose columns belong to the network's inputs."""
    return {
        f"{place.path}.weight"
        for place in network.places
        if isinstance(network.get_submodule(place.path), nn.Linear)
        and any(
            value is not None and value.source in network.graph.inputs for value in place.values
        )
    }
