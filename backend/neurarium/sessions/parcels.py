"""The parcels of one run on disk: whole or not there, and safe from a power cut before a command is answered."""

import os
from collections.abc import Collection
from pathlib import Path

from neurarium.sessions import limits
from neurarium.sessions.archive import sync
from neurarium.sessions.errors import Refused
from neurarium.training.parcel import name_of

FOLDER = "parcels"
"""Beside the checkpoints of the run."""


class Stored:
    """One folder. It is made when something is first put there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / FOLDER

    def put(self, document: bytes) -> str:
        """Write bytes, or raise Refused; say by which name."""
        name = name_of(document)
        target = self.folder / name
        if target.exists():
            return name
        held = sum(path.stat().st_size for path in self.folder.glob("*"))
        if held + len(document) > limits.PARCEL_BYTES:
            raise Refused(
                "command-refused",
                f"The weights that this run was given, and those it had before, take {held / 2**20:,.0f} MB; with "
                f"{len(document) / 2**20:,.0f} MB more they would be above {limits.PARCEL_BYTES // 2**20} MB. "
                "Go on in a fork of it.",
                limit=int(limits.PARCEL_BYTES),
                actual=held + len(document),
            )
        try:
            self._write(target, document)
        except OSError as problem:
            sentence = "There is no room left on the server's disk for these weights."
            raise Refused("storage-full", sentence) from problem
        return name

    def get(self, name: str) -> bytes | None:
        """Read bytes; None if they are not there, or not what they were."""
        try:
            document = (self.folder / name).read_bytes()
        except OSError:
            return None
        return document if name_of(document) == name else None

    def keep(self, names: Collection[str]) -> None:
        """Delete all others."""
        for path in self.folder.glob("*"):
            if path.name not in names:
                path.unlink(missing_ok=True)

    def _write(self, target: Path, document: bytes) -> None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        temporary = target.with_suffix(".tmp")
        try:
            with temporary.open("wb") as file:
                file.write(document)
                file.flush()
                os.fsync(file.fileno())
            temporary.rename(target)
            sync(self.folder)
        except OSError:
            temporary.unlink(missing_ok=True)
            raise
