"""The one thread that writes to the database. What is handed over together is committed together."""

import asyncio
import errno
import logging
import queue
import sqlite3
import threading
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from neurarium.fault import fault

LOGGER = logging.getLogger(__name__)
Work = Callable[[Connection], Any]
WRITERS: set[str] = set()
"""Files that are being written: each has one writer."""
FULL = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR})


class DiskFullError(RuntimeError):
    """There is no room to write: nothing was changed."""


class Order(NamedTuple):
    """Something to be done in one transaction, and whoever waits for it."""

    works: Sequence[Work]
    safe: bool
    done: "asyncio.Future[list[Any]]"


class Writer:
    """The only one who writes to an engine's file."""

    def __init__(self, engine: Engine, name: str) -> None:
        if name in WRITERS:
            raise RuntimeError(f"{name} has a writer already")
        WRITERS.add(name)
        self._name = name
        self._engine = engine
        self._orders: queue.SimpleQueue[Order | None] = queue.SimpleQueue()
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._thread.start()

    async def write(self, works: Sequence[Work], *, safe: bool = True) -> list[Any]:
        """Do all works in one transaction, and return their results once they are committed.

        `safe`: also from a power cut. Raise DiskFullError if there is no room; then nothing was done.
        """
        done: asyncio.Future[list[Any]] = self._loop.create_future()
        self._orders.put(Order(works, safe, done))
        return await asyncio.shield(done)

    async def stop(self) -> None:
        """Finish what was handed over, and end."""
        self._orders.put(None)
        await asyncio.to_thread(self._thread.join)
        WRITERS.discard(self._name)

    def _run(self) -> None:
        with self._engine.connect() as connection:
            while (order := self._orders.get()) is not None:
                self._carry_out(connection, order)

    def _carry_out(self, connection: Connection, order: Order) -> None:
        try:
            results = _commit(connection, order)
        except Exception as problem:  # noqa: BLE001 - whoever waits for it reads it
            self._answer(order.done, _called(problem))
        else:
            self._answer(order.done, results)

    def _answer(self, done: "asyncio.Future[list[Any]]", answer: list[Any] | Exception) -> None:
        def tell() -> None:
            if done.done():
                return
            if isinstance(answer, Exception):
                done.set_exception(answer)
            else:
                done.set_result(answer)

        try:
            self._loop.call_soon_threadsafe(tell)
        except RuntimeError:
            LOGGER.warning("nobody is there any more to hear what was written")


def _commit(connection: Connection, order: Order) -> list[Any]:
    driver = connection.connection.driver_connection
    if driver is not None:
        # Outside the transaction, as SQLite wants it.
        driver.execute(f"PRAGMA synchronous = {'FULL' if order.safe else 'NORMAL'}")
    with connection.begin():
        results = [work(connection) for work in order.works]
        fault("store.before_commit")
    fault("store.committed")
    return results


def _called(problem: Exception) -> Exception:
    """Tell a full disk from what is wrong with us."""
    origin = problem.orig if isinstance(problem, DBAPIError) else problem
    code = getattr(origin, "sqlite_errorcode", 0) & 0xFF
    if code in FULL or getattr(origin, "errno", 0) in (errno.ENOSPC, errno.EDQUOT):
        return DiskFullError(str(origin))
    return problem
