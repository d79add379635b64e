"""A network that goes on with other input features or other words: what it has learned of those that stay is kept.

The weights of a new feature start at 0. A weight of 0 changes no answer, so that the network knows as much as before
and then begins to use what is new. What belongs to a new word begins as it would in a new network.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from neurarium.dataset import Dataset
from neurarium.training.command import CommandError
from neurarium.training.engine.contract import Memory
from neurarium.training.features import feature_names
from neurarium.training.words import Rows, rows_of, tables
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


def moved_rows(network: Network, old: Dataset, new: Dataset) -> dict[str, Rows]:
    """Return for each parameter that has a row for every word where its rows come from."""
    rows = rows_of(old, new)
    return {
        f"{path}.{kind}": rows[name]
        for path, name in tables(network.graph, new)
        if name in rows
        for kind in ("weight", "bias")
    }


def copied(old: Network, new: Network, rows: dict[str, Rows]) -> None:
    """Put the same weights into a network for sentences of other lengths or words, or raise CommandError."""
    before = dict(old.named_parameters(remove_duplicate=False)) | dict(old.named_buffers())
    with torch.no_grad():
        for name, value in (*new.named_parameters(), *new.named_buffers()):
            source = before[name]
            if name in rows and len(source) == rows[name].before:
                _move_rows(source, value, rows[name])
            elif source.shape == value.shape:
                value.copy_(source)
            else:
                raise CommandError(
                    f"`{name}` would change its shape from {tuple(source.shape)} to {tuple(value.shape)}: a layer of "
                    "this network is made for sentences of one length or for certain words. Start a new run with these "
                    "data."
                )


def _move_rows(old: Tensor, new: Tensor, rows: Rows) -> None:
    """Write the rows of words that stay over those of a new tensor."""
    for place, source in enumerate(rows.sources):
        if source is not None:
            new[place] = old[source]


def moved_memory(memory: Memory, rows: dict[str, Rows]) -> Memory:
    """Arrange what the optimiser remembers as the rows are, with nothing of new words."""

    def moved(name: str, value: Any) -> Any:
        if name not in rows or not isinstance(value, Tensor) or value.ndim == 0:
            return value
        if len(value) != rows[name].before:
            return value
        new = value.new_zeros(len(rows[name].sources), *value.shape[1:])
        _move_rows(value, new, rows[name])
        return new

    return {
        name: {key: moved(name, value) for key, value in entry.items()}
        for name, entry in memory.items()
    }


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
