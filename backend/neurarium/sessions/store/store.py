"""The store of one data folder: what is asked of it, in the words of the runs."""

import asyncio
import logging
import shutil
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, delete, insert, select, text, update

from neurarium.clock import CLOCK, Clock
from neurarium.sessions import limits
from neurarium.sessions.log import Log
from neurarium.sessions.store import curves, rows
from neurarium.sessions.store.database import SCHEMA, Database
from neurarium.sessions.store.schema import (
    ANSWERS,
    CHECKPOINTS,
    CURVES,
    DELETED,
    JOURNAL,
    RECORDS,
    RUNS,
)
from neurarium.sessions.store.space import Ballast
from neurarium.sessions.store.writer import DiskFullError, Work, Writer
from neurarium.training.command import Effect

LOGGER = logging.getLogger(__name__)
BACKUP_INTERVAL = 3600.0
ANSWERS_KEPT = 100_000


class Store:
    """Runs and what happened to them, on disk."""

    def __init__(self, folder: Path, clock: Clock = CLOCK) -> None:
        self.folder = folder
        self.database = Database(folder)
        self.ballast = Ballast(folder)
        self._clock = clock
        self._writer: Writer | None = None
        self._readers: Engine | None = None
        self._copying: asyncio.Task[None] | None = None
        self._loading: asyncio.Task[bool] | None = None
        """Puts the ballast aboard: nobody waits for that at the start."""

    async def start(self) -> None:
        """Open it. StoreError if the data are not to be written to."""
        if self.database.schema() != SCHEMA:
            self.database.prepare()
        self._readers = self.database.engine(reads_only=True)
        self._writer = Writer(self.database.engine(), str(self.database.path))
        await self.write([_tidy])
        if await asyncio.to_thread(self._sweep):
            await self.write([lambda connection: connection.execute(delete(DELETED))])
        self._loading = asyncio.create_task(asyncio.to_thread(self.ballast.take))
        self._copying = asyncio.create_task(self._copy())

    async def stop(self) -> None:
        """Close it, with everything written."""
        if self._copying is not None:
            self._copying.cancel()
        tasks = [task for task in (self._copying, self._loading) if task is not None]
        if tasks:
            await asyncio.wait(tasks)
        if self._writer is not None:
            await self._writer.stop()

    @property
    def is_short(self) -> bool:
        """Whether the disk was full and has not enough room yet."""
        if self._loading is None or not self._loading.done():
            return False
        return not self.ballast.is_aboard

    async def write(self, works: Sequence[Work], *, safe: bool = True) -> list[Any]:
        """Do all works in one transaction; where the disk is full, once more without the ballast."""
        if self._writer is None:
            raise RuntimeError("the store is not open")
        try:
            return await self._writer.write(works, safe=safe)
        except DiskFullError:
            if not self.ballast.drop():
                raise
            return await self._writer.write(works, safe=safe)

    def folder_of(self, run: str) -> Path:
        """Where a run's checkpoints lie."""
        return self.folder / "runs" / run[:2] / run

    # --- read ---

    def runs(self) -> list[Any]:
        """Return the rows of all runs, the oldest first."""
        with self._reading() as connection:
            return list(connection.execute(select(RUNS).order_by(text("rowid"))))

    def recall(self, log: Log) -> None:
        """Fill a log with what was stored of it."""
        with self._reading() as connection:
            found = select(RUNS.c.folded).where(RUNS.c.id == log.run)
            folded = connection.execute(found).scalar() or 0  # it may just have been deleted
            chunks = select(CURVES).where(CURVES.c.run == log.run)
            history = curves.history(
                connection.execute(chunks.order_by(CURVES.c.name, CURVES.c.place))
            )
            found = select(RECORDS).where(RECORDS.c.run == log.run, RECORDS.c.seq <= log.head)
            records = [rows.record(row) for row in connection.execute(found.order_by("seq"))]
            effects = [Effect.model_validate_json(each) for each in _journal(connection, log.run)]
        log.folded = {name: (len(curve), curve.era) for name, curve in history.curves().items()}
        log.remember(history, records, folded, effects)

    def journal(self, run: str) -> list[str]:
        """Return a run's effects as JSON, in order."""
        with self._reading() as connection:
            return _journal(connection, run)

    def checkpoints(self, run: str) -> list[str]:
        """Return the names of a run's checkpoints."""
        with self._reading() as connection:
            names = select(CHECKPOINTS.c.name).where(CHECKPOINTS.c.run == run)
            return list(connection.execute(names).scalars())

    def answer(self, run: str, cmd_id: str) -> Any | None:
        """Find what was answered to a command: its row with `command`, `step`, `effect`."""
        with self._reading() as connection:
            found = select(ANSWERS).where(ANSWERS.c.run == run, ANSWERS.c.cmd_id == cmd_id)
            return connection.execute(found).first()

    # --- written ---

    async def delete(self, run: str) -> None:
        """Forget a run, rows and files."""

        def work(connection: Connection) -> None:
            connection.execute(insert(DELETED).prefix_with("OR IGNORE").values(run=run))
            connection.execute(delete(RUNS).where(RUNS.c.id == run))

        await self.write([work])
        await asyncio.to_thread(shutil.rmtree, self.folder_of(run), ignore_errors=True)
        await self.write([lambda c: c.execute(delete(DELETED).where(DELETED.c.run == run))])

    def fold(self, log: Log) -> Work:
        """Prepare to write a log's newest points as curves; records that nobody resumes at may go then."""
        found: list[dict[str, Any]] = []
        anew: list[str] = []
        for name, curve in log.history.curves().items():
            first, era = log.folded.get(name, (0, curve.era))
            if era != curve.era:
                anew.append(name)
                first = 0
            found += curves.rows(log.run, name, curve, first)
            log.folded[name] = len(curve), curve.era
        log.unfolded = 0
        head = log.head

        def work(connection: Connection) -> None:
            old = CURVES.c.run == log.run
            connection.execute(delete(CURVES).where(old, CURVES.c.name.in_(anew)))
            if found:
                connection.execute(insert(CURVES), found)
            gone = RECORDS.c.seq <= head - limits.RESUME_RECORDS
            connection.execute(delete(RECORDS).where(RECORDS.c.run == log.run, gone))
            connection.execute(update(RUNS).where(RUNS.c.id == log.run).values(folded=head))

        return work

    async def refloat(self) -> bool:
        """Put the ballast back if there is room; say whether it is aboard."""
        if self._loading is not None and not self._loading.done():
            return True
        return self.ballast.is_aboard or await asyncio.to_thread(self.ballast.take)

    def _reading(self) -> Connection:
        if self._readers is None:
            raise RuntimeError("the store is not open")
        return self._readers.connect()

    def _sweep(self) -> list[str]:
        """Finish what was begun: files half written, runs half deleted; return these."""
        for pattern in ("*.tmp", "backups/*.tmp", "runs/*/*/*.tmp", "runs/*/*/parcels/*.tmp"):
            for temporary in self.folder.glob(pattern):
                temporary.unlink(missing_ok=True)
        with self._reading() as connection:
            deleted = list(connection.execute(select(DELETED.c.run)).scalars())
        for run in deleted:
            shutil.rmtree(self.folder_of(run), ignore_errors=True)
        return deleted

    async def _copy(self) -> None:
        """Copy the database away now and every hour."""
        number = 0
        while True:
            try:
                await asyncio.to_thread(self.database.backup, f"hourly-{number % 2}")
            except (OSError, sqlite3.Error) as problem:
                LOGGER.warning("no copy of the database was made: %s", problem)
            number += 1
            await asyncio.sleep(BACKUP_INTERVAL)


def _journal(connection: Connection, run: str) -> list[str]:
    effects = select(JOURNAL.c.effect).where(JOURNAL.c.run == run).order_by(JOURNAL.c.number)
    return list(connection.execute(effects).scalars())


def _tidy(connection: Connection) -> None:
    """Keep so many answers only."""
    newest = (
        select(ANSWERS.c.run, ANSWERS.c.cmd_id)
        .order_by(ANSWERS.c.number.desc())
        .offset(ANSWERS_KEPT)
        .limit(1)
        .with_only_columns(ANSWERS.c.number)
        .scalar_subquery()
    )
    connection.execute(delete(ANSWERS).where(ANSWERS.c.number <= newest))
