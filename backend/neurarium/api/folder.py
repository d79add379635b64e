"""The data folder: where it lies, the token of scripts in it, and the lock that keeps a second server out."""

import fcntl
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from platformdirs import user_data_path

TOKEN = re.compile(r"[0-9a-f]{64}")


class FolderInUseError(RuntimeError):
    """Another server works on this data folder."""


def data_folder(chosen: str | Path | None = None) -> Path:
    """Find the data folder: as chosen, else from NEURARIUM_DATA, else where this system keeps data."""
    return Path(
        chosen or os.environ.get("NEURARIUM_DATA") or user_data_path("neurarium", appauthor=False)
    )


def read_token(folder: Path) -> str | None:
    """Read the token of scripts, if a server has written one."""
    try:
        token = (folder / "token").read_text("ascii").strip()
    except (OSError, ValueError):
        return None
    return token if TOKEN.fullmatch(token) else None


def make_token(folder: Path) -> str:
    """Read the token, or write a new one, which only the owner of the folder can read."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = folder / "token"
    token = read_token(folder)
    if token is None or file.stat().st_mode & 0o077:
        token = secrets.token_hex(32)
        file.unlink(missing_ok=True)
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
            opened.write(token + "\n")
    return token


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the data folder, or raise FolderInUseError. The lock ends with the process, however that ends."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / "lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise FolderInUseError(file.read(200).strip()) from None
        file.seek(0)
        file.truncate()
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield
