"""The database file: opened with the right switches, looked over, brought up to date, and copied away."""

import logging
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import NullPool

from neurarium.fault import fault

LOGGER = logging.getLogger(__name__)
FILE = "neurarium.sqlite"
BACKUPS = "backups"
BACKUPS_KEPT = 4
SCHEMA = "0001"
"""The newest change in `migrations/versions`."""
PATIENCE = 5000
"""Milliseconds to wait for a database that is locked."""
JOURNAL_BYTES = 16 * 2**20
"""To what size the write-ahead log is cut back."""
SAFE_WITH_MANY_WRITERS = (3, 51, 3)


class StoreError(RuntimeError):
    """The data cannot be used as they are: a sentence that says what to do."""


class Database:
    """The file in a data folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / FILE
        self.backups = folder / BACKUPS
        self._copying = threading.Lock()

    def prepare(self) -> None:
        """Look the file over and bring its tables up to date, or raise StoreError."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        LOGGER.info("SQLite %s", sqlite3.sqlite_version)
        if sqlite3.sqlite_version_info < SAFE_WITH_MANY_WRITERS:
            LOGGER.info("this SQLite needs to have one writer: it has one")
        if self.path.exists() and self.path.stat().st_size:
            self._check()
        schema = self.schema()
        if schema == SCHEMA:
            return
        if schema is not None and schema not in known_schemas():
            raise StoreError(
                f"{self.path} was written by a newer Neurarium (tables {schema}; this one knows {SCHEMA}). "
                "Start that one, or choose another folder with --data."
            )
        if schema is not None:
            self.backup(f"before-{SCHEMA}")
        self._migrate()

    def schema(self) -> str | None:
        """Say which change of the tables was the last; None for a new file."""
        engine = self.engine()
        with engine.connect() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return None
            return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()

    def engine(self, *, reads_only: bool = False) -> Engine:
        """Make connections to the file. Transactions begin where SQLAlchemy says so, not where the driver guesses."""
        mode = "ro" if reads_only else "rwc"
        address = f"{self.path.absolute().as_uri()}?mode={mode}"

        def connect() -> sqlite3.Connection:
            connection = sqlite3.connect(
                address, uri=True, isolation_level=None, check_same_thread=False
            )
            connection.execute(f"PRAGMA busy_timeout = {PATIENCE}")
            connection.execute("PRAGMA mmap_size = 0")
            connection.execute("PRAGMA foreign_keys = ON")
            if not reads_only:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute(f"PRAGMA journal_size_limit = {JOURNAL_BYTES}")
                connection.execute("PRAGMA synchronous = FULL")
            return connection

        engine = create_engine("sqlite://", creator=connect, poolclass=NullPool)
        begin = "BEGIN" if reads_only else "BEGIN IMMEDIATE"
        event.listen(engine, "begin", _beginning(begin))
        return engine

    def backup(self, name: str) -> Path:
        """Copy the file as it is now, while it is being written; return the copy.

        One after the other, so that the file that is newer also holds what is newer.
        """
        with self._copying:
            return self._copy(name)

    def _copy(self, name: str) -> Path:
        self.backups.mkdir(exist_ok=True, mode=0o700)
        target = self.backups / f"{name}.sqlite"
        temporary = target.with_suffix(".tmp")
        temporary.unlink(missing_ok=True)
        source, copy = sqlite3.connect(self.path), sqlite3.connect(temporary)
        try:
            source.backup(copy)  # in one go: in parts, it begins anew after each commit
            copy.execute("PRAGMA journal_mode = DELETE")
        except sqlite3.Error:
            temporary.unlink(missing_ok=True)
            raise
        finally:
            source.close()
            copy.close()
        temporary.rename(target)
        for old in self.copies()[BACKUPS_KEPT:]:
            old.unlink(missing_ok=True)
        return target

    def copies(self) -> list[Path]:
        """List the copies, the newest first."""
        return sorted(self.backups.glob("*.sqlite"), key=lambda path: -path.stat().st_mtime_ns)

    def restore(self) -> Path | None:
        """Put the newest whole copy in the place of the file, which is kept beside it; return the copy.

        Without one a damaged file is put aside alike, so that an empty one begins; StoreError if it is not damaged.
        """
        copy = next((copy for copy in self.copies() if _fault_of(copy) is None), None)
        if copy is None and self.path.exists() and _fault_of(self.path) is None:
            raise StoreError(
                f"There is no whole copy in {self.backups}, and {self.path} is not damaged: start without --restore."
            )
        for suffix in ("", "-wal", "-shm"):
            file = Path(f"{self.path}{suffix}")
            if file.exists():
                file.replace(Path(f"{self.path}.damaged{suffix}"))
        if copy is not None:
            temporary = self.path.with_suffix(".tmp")
            temporary.write_bytes(copy.read_bytes())
            temporary.rename(self.path)
        return copy

    def _check(self) -> None:
        problem = _fault_of(self.path)
        if problem is None:
            return
        copies = self.copies()
        advice = (
            f"The last copy of it is {copies[0]}. `neurarium serve --restore --data {self.folder}` puts it in place; "
            "what came later is lost, and the damaged file is kept."
            if copies
            else f"There is no copy of it. `neurarium serve --restore --data {self.folder}` puts it aside and "
            "begins with what the checkpoints know."
        )
        raise StoreError(f"The database {self.path} is damaged ({problem}). {advice}")

    def _migrate(self) -> None:
        """Carry out the changes that are missing, all of them in one transaction."""
        from alembic import command
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", "neurarium.sessions.store:migrations")
        with self.engine().begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            fault("migration.done")


def known_schemas() -> set[str]:
    """Names of all changes of the tables that this Neurarium knows."""
    folder = Path(__file__).parent / "migrations/versions"
    return {path.name.partition("_")[0] for path in folder.glob("[0-9]*.py")}


def _beginning(statement: str) -> Callable[[Connection], None]:
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(statement)

    return begin


def _fault_of(path: Path) -> str | None:
    """Say what is wrong with a database file; None if nothing is."""
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        try:
            found: list[Any] = connection.execute("PRAGMA quick_check(1)").fetchall()
        finally:
            connection.close()
    except (sqlite3.DatabaseError, DatabaseError) as problem:
        return str(problem)
    return None if found == [("ok",)] else str(found[0][0]).replace("\n", ": ")
