"""Between runs and the store: what has happened is committed, many runs' records together, and only then to be seen."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from sqlalchemy import Connection, bindparam, insert, update

from neurarium.clock import Clock
from neurarium.sessions import limits
from neurarium.sessions.errors import Refused
from neurarium.sessions.log import Log, Make, Record
from neurarium.sessions.store import rows
from neurarium.sessions.store.schema import RECORDS, RUNS
from neurarium.sessions.store.store import Store
from neurarium.sessions.store.writer import DiskFullError, Work

LOGGER = logging.getLogger(__name__)
GROUP = 0.05
"""Seconds between two commits while nobody waits for one."""
RETRY = 1.0
FULL = (
    "The server's disk is full. Training goes on in memory; nothing new can be begun or changed "
    "until there is room again. Delete runs that you no longer need."
)


Storage = Literal["open", "short", "full", "held"]
"""How it stands with the disk: there is room; only for what runs do; for nothing; and runs stand still for that."""


class Author(Protocol):
    """A run, as far as it is written down."""

    id: str
    log: Log

    def row(self) -> dict[str, Any]:
        """Everything of its row in `runs` that may have changed."""

    def publish(self) -> None:
        """Tell those who follow that there are new records."""


@dataclass(frozen=True)
class Entry:
    """Something that is still to be written."""

    author: Author
    make: Make | None
    works: Sequence[Work]
    size: int
    seen: Callable[[], None]
    """Called as soon as it is written: from then on it may be seen."""


class Ledger:
    """Everything that waits to be written, in order. Without a store, everything is to be seen at once."""

    def __init__(self, store: Store | None, clock: Clock) -> None:
        self.store = store
        self.is_full = False
        """Whether the last attempt to write found no room."""
        self.hold: Callable[[], None] = lambda: None
        """Called when more waits than may: runs should stand still."""
        self.release: Callable[[], None] = lambda: None
        """Called when there is room again."""
        self._is_holding = False
        self._clock = clock
        self._entries: list[Entry] = []
        self._bytes = 0
        self._waiting: list[asyncio.Future[None]] = []
        self._wake = asyncio.Event()
        self._hurry = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def is_overflowing(self) -> bool:
        """Whether more waits for the disk than may: runs should stand still."""
        return self._bytes > limits.UNWRITTEN_BYTES

    @property
    def storage(self) -> Storage:
        """How it stands with the disk."""
        if self._is_holding:
            return "held"
        if self.is_full:
            return "full"
        return "short" if self._is_short else "open"

    @property
    def _is_short(self) -> bool:
        """Whether there is no room on the disk, or only that of the ballast."""
        return self.is_full or (self.store is not None and self.store.is_short)

    def start(self) -> None:
        """Begin to write."""
        if self.store is not None:
            self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Write what there is, and end."""
        if self._task is None:
            return
        try:
            await self.written()
        except Refused:
            LOGGER.exception("the disk is full: the last words of runs are lost")
        self._task.cancel()
        await asyncio.wait([self._task])

    def note(
        self,
        author: Author,
        make: Make | None = None,
        works: Sequence[Work] = (),
        size: int = 256,
        seen: Callable[[], None] = lambda: None,
    ) -> None:
        """Have a record written, its author's row, and what else belongs into the same transaction."""
        if self.store is None:
            seen()
            if make is not None:
                author.log.append(make(author.log.head + 1))
                author.publish()
            return
        self._entries.append(Entry(author, make, works, size, seen))
        self._bytes += size
        self._wake.set()

    def forget(self, author: Author) -> None:
        """Write nothing more of a run: it is being deleted."""
        self._entries = [entry for entry in self._entries if entry.author is not author]
        self._bytes = sum(entry.size for entry in self._entries)

    def check_room(self) -> None:
        """Raise Refused while the disk is full."""
        if self._is_short:
            raise Refused("storage-full", FULL)

    async def answer(self, run: str, cmd_id: str) -> Any | None:
        """Find the stored answer to a command."""
        if self.store is None:
            return None
        return await asyncio.to_thread(self.store.answer, run, cmd_id)

    async def written(self) -> None:
        """Wait until all that was noted is safe; Refused if there is no room for it."""
        if self.store is None:
            return
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(done)
        self._wake.set()
        self._hurry.set()
        await done

    async def _run(self) -> None:
        last = 0.0
        while True:
            await self._wake.wait()
            pause = RETRY if self._is_short else last + GROUP - self._clock.elapsed()
            if pause > 0:
                try:
                    async with asyncio.timeout(pause):
                        await self._hurry.wait()
                except TimeoutError:
                    pass
            self._wake.clear()
            self._hurry.clear()
            try:
                await self._commit()
            except Exception:
                LOGGER.exception("records could not be written")
            last = self._clock.elapsed()

    async def _commit(self) -> None:
        """Write all that there is in one transaction, then let it be seen."""
        entries, self._entries, self._bytes = self._entries, [], 0
        waiting, self._waiting = self._waiting, []
        try:
            if entries:
                await self._write_or_apart(entries, safe=bool(waiting))
            self._settle(waiting, None)
        except DiskFullError as problem:
            LOGGER.error("nothing is written: %s", problem)
            self.is_full = True
            self._entries = entries + self._entries
            self._bytes = sum(entry.size for entry in self._entries)
            self._wake.set()
            self._settle(waiting, Refused("storage-full", FULL))
            if self.is_overflowing and not self._is_holding:
                self._is_holding = True
                self.hold()
        except Exception as problem:
            self._settle(waiting, problem)
            raise
        else:
            await self._float()

    async def _write_or_apart(self, entries: list[Entry], *, safe: bool) -> None:
        try:
            await self._write(entries, safe=safe)
        except DiskFullError:
            raise
        except Exception as problem:  # noqa: BLE001 - it is logged there
            await self._write_apart(entries, problem)

    async def _write_apart(self, entries: list[Entry], problem: Exception) -> None:
        """Write each run's entries by themselves, so that one that cannot be written takes no other with it."""
        LOGGER.error("records of several runs could not be written together", exc_info=problem)
        for run in dict.fromkeys(entry.author.id for entry in entries):
            own = [entry for entry in entries if entry.author.id == run]
            try:
                await self._write(own, safe=True)
            except DiskFullError:
                raise
            except Exception:
                LOGGER.exception("records of run %s could not be written: they are lost", run)

    async def _write(self, entries: list[Entry], *, safe: bool) -> None:
        if self.store is None:
            return
        heads: dict[str, int] = {}
        authors: dict[str, Author] = {}
        made: list[tuple[Author, Record]] = []
        works: list[Work] = []
        for entry in entries:
            log = entry.author.log
            authors[log.run] = entry.author
            works += entry.works
            if entry.make is not None:
                log.recall()  # before what is new is stored beside it
                heads[log.run] = heads.get(log.run, log.head) + 1
                made.append((entry.author, entry.make(heads[log.run])))
        works.append(_records([rows.row(author.id, record) for author, record in made]))
        works.append(
            _rows(
                [
                    {"run": run, **author.row(), "head": heads.get(run, author.log.head)}
                    for run, author in authors.items()
                ]
            )
        )
        await self.store.write(works, safe=safe)
        for entry in entries:
            entry.seen()
        for author, record in made:
            author.log.append(record)
        for author in authors.values():
            author.publish()
            if author.log.unfolded >= limits.CHUNK_POINTS:
                self.note(author, works=[self.store.fold(author.log)])

    async def _float(self) -> None:
        """See whether the disk has room again."""
        if self.store is None:
            return
        self.is_full = False
        if self._is_holding:
            self._is_holding = False
            self.release()
        if not await self.store.refloat():
            self._wake.set()  # to try again

    def _settle(self, waiting: list[asyncio.Future[None]], problem: Exception | None) -> None:
        for done in waiting:
            if done.done():
                continue
            if problem is None:
                done.set_result(None)
            else:
                done.set_exception(problem)


def _records(found: list[dict[str, Any]]) -> Work:
    def work(connection: Connection) -> None:
        if found:
            connection.execute(insert(RECORDS), found)

    return work


def _rows(found: list[dict[str, Any]]) -> Work:
    """Bring the rows of runs up to date, in one statement: with many runs, each one by itself would take its time."""
    if not found:
        return lambda _: None
    new: dict[str, Any] = {name: bindparam(name) for name in found[0] if name != "run"}
    older = RUNS.c.attempt <= bindparam("attempt")
    statement = update(RUNS).where(RUNS.c.id == bindparam("run"), older).values(new)
    return lambda connection: connection.execute(statement, found)
