"""Bytes that a command refers to and that are too many for a journal: kept with the run, by their SHA-256."""

import hashlib
from collections.abc import Collection
from typing import Protocol


class Parcels(Protocol):
    """What is kept with one run."""

    def put(self, document: bytes) -> str:
        """Keep bytes; say by which name."""

    def get(self, name: str) -> bytes | None:
        """Find them again; None if they are not there."""

    def keep(self, names: Collection[str]) -> None:
        """Forget all others."""


def name_of(document: bytes) -> str:
    """Name bytes by what they are."""
    return hashlib.sha256(document).hexdigest()


class Loose(dict[str, bytes]):
    """Kept in memory, as long as the run is."""

    def put(self, document: bytes) -> str:
        """Keep bytes; say by which name."""
        name = name_of(document)
        self[name] = document
        return name

    def keep(self, names: Collection[str]) -> None:
        """Forget all others."""
        for name in self.keys() - set(names):
            del self[name]


class Lent:
    """The parcels of another: to be read only. What a second run would put there lies there already."""

    def __init__(self, parcels: Parcels) -> None:
        self._parcels = parcels

    def put(self, document: bytes) -> str:
        """Name bytes, and keep nothing."""
        return name_of(document)

    def get(self, name: str) -> bytes | None:
        """Find what is there."""
        return self._parcels.get(name)

    def keep(self, names: Collection[str]) -> None:
        """Forget nothing: they are another's."""
