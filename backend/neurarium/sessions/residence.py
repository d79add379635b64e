"""Where runs live: on disk, and while somebody needs them in a worker."""

import asyncio
import json
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from sqlalchemy import insert

from neurarium.sessions.control import Pause
from neurarium.sessions.errors import NotFound, Refused, Unavailable
from neurarium.sessions.ledger import FULL, Ledger
from neurarium.sessions.link import Link
from neurarium.sessions.log import Log, make_event
from neurarium.sessions.protocol import Answer, Create, Past
from neurarium.sessions.session import Session
from neurarium.sessions.store.schema import RUNS
from neurarium.sessions.store.store import Store
from neurarium.sessions.store.writer import DiskFullError
from neurarium.training.job import Job

LOGGER = logging.getLogger(__name__)
WAIT = 0.05
"""Seconds between two looks for a worker."""


class Residence:
    """Moves runs from the store into workers. `choose` names the worker for a run."""

    def __init__(self, store: Store | None, ledger: Ledger, choose: Callable[[str], Link]) -> None:
        self._store = store
        self._ledger = ledger
        self._choose = choose
        self._is_stopping = False
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._held: list[Session] = []
        self.berths: dict[str, Link] = {}
        """Which worker a run is on its way into: nobody else asks that one for it yet."""
        self._lost: set[str] = set()
        """Runs whose worker has died, and that no other has yet."""

    async def stop(self) -> None:
        """Move nothing more."""
        self._is_stopping = True
        for task in self._tasks.values():
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks.values())

    async def create(self, session: Session, state: bytes | None) -> None:
        """Store a new run, then have it taken in."""
        await self._insert(session)
        try:
            session.settle(await self._take_in(session, session.link, state=state))
        except BaseException:
            await self.delete(session)
            raise
        self._ledger.note(session)
        await self._ledger.written()

    async def inherit(self, session: Session, origin: Session, step: int) -> None:
        """Let a fork's curves begin with those of the run that it was forked from."""
        session.log.inherit(origin.log.history, step)
        if self._store is not None:
            self._ledger.note(session, works=[self._store.fold(session.log)])
            await self._ledger.written()

    async def place(self, session: Session) -> None:
        """Have a run taken in, as it was. Whoever asks meanwhile waits for the same."""
        self._choose(session.id)  # or say at once that there is none
        task = self._tasks.get(session.id)
        if task is None:
            task = self._own(session, self._place(session))
        await asyncio.shield(task)

    def is_moving(self, session: Session) -> bool:
        """Whether somebody else takes it in, or sets it going, at this moment."""
        return self._tasks.get(session.id) not in (None, asyncio.current_task())

    def want(self, session: Session) -> None:
        """Have a run taken in as soon as there is a worker; if it trained, it goes on."""
        if session.id not in self._tasks:
            self._own(session, self._go_on(session))

    def lose(self, session: Session) -> None:
        """Its worker has died: if it trained, another takes it in."""
        self._lost.add(session.id)
        if session.is_playing:
            self.want(session)

    def go_on(self, sessions: list[Session], ready: Callable[[], bool]) -> None:
        """Have all that trained go on training."""
        for session in sessions:
            if session.state == "running":
                self.want(session)

    def hold(self, sessions: list[Session]) -> None:
        """Let all that trains stand still: there is no room to write down what it does."""
        for session in sessions:
            if session.told("state") == "running" and session.id not in self._tasks:
                LOGGER.error("run %s stands still: the disk is full", session.id)
                self._held.append(session)
                self._own(session, self._pause(session))

    def release(self) -> None:
        """Let it go on."""
        held, self._held = self._held, []
        for session in held:
            if session.id not in self._tasks:
                self._own(session, self._play(session))

    async def delete(self, session: Session) -> None:
        """Forget a run, be it on its way into a worker."""
        self.berths.pop(session.id, None)
        self._lost.discard(session.id)
        if self._store is not None:
            self._ledger.forget(session)
            try:
                await self._store.delete(session.id)
            except DiskFullError as problem:
                raise Refused("storage-full", FULL) from problem

    def job(self, row: Any) -> Job:
        """Read what a stored run trains."""
        return Job.model_validate_json(row.job)

    def restore(self, session: Session, row: Any) -> None:
        """Let a run be what was stored of it."""
        session.preset, session.shared, session.created = row.preset, bool(row.shared), row.created
        session.parent, session.forked_at = row.parent, row.start
        if row.first_job != row.job:
            session.first_job = Job.model_validate_json(row.first_job)
        session.memoir.read(session, row)
        if self._store is not None:
            session.log = Log(row.id, row.log_epoch, row.head, self._store.recall)

    async def _go_on(self, session: Session) -> None:
        while True:
            try:
                await self._place(session)
                if session.state == "running":
                    await self._play(session)
                return
            except Unavailable:  # none is warm yet, or this one has died as well
                await asyncio.sleep(WAIT)
            except NotFound:
                return  # it was deleted on the way
            except Refused as problem:
                session.fail("failed.worker", {"step": session.step, "detail": str(problem)})
                return

    async def _pause(self, session: Session) -> None:
        await session.steer(Pause())

    async def _play(self, session: Session) -> None:
        """Give the control again that had set it going, or what is left of it."""
        control = session.memoir.remaining(session.step)
        if control is None:
            session.stand("paused")
            return
        try:
            await session.steer(control)
        except Refused as problem:
            LOGGER.warning("run %s does not go on: %s", session.id, problem)
            session.stand("finished" if session.step >= session.job.steps else "paused")

    async def _place(self, session: Session) -> None:
        if session.link is not None or self._store is None:
            return
        await self._ledger.written()
        link = self.berths[session.id] = self._choose(session.id)
        session.attempt += 1
        try:
            self._ledger.note(session)
            await self._ledger.written()
            journal = await asyncio.to_thread(self._store.journal, session.id)
            state = "paused" if session.state == "running" else session.state
            past = Past(session.step, state, [e.encode() for e in journal], session.memoir.singles)
            session.settle(await self._take_in(session, link, past=past))
            self._recovered(session)
        except BaseException:
            if session.link is link:
                session.link = None
            raise
        finally:
            self.berths.pop(session.id, None)
        session.watches.renew()
        session.captures.hand(session.watches.extents, again=True)

    def _recovered(self, session: Session) -> None:
        """Say of a run that its worker had died, now that another has brought it to where it was."""
        if session.id in self._lost:
            self._lost.discard(session.id)
            self._ledger.note(session, make_event(session.step, "recovered"))

    async def _take_in(
        self,
        session: Session,
        link: Link | None,
        state: bytes | None = None,
        past: Past | None = None,
    ) -> Answer:
        facts: dict[str, Any] = {}
        if self._store is not None:
            kept = await asyncio.to_thread(self._store.checkpoints, session.id)
            folder = str(self._store.folder_of(session.id).absolute())
            facts = {"folder": folder, "record": record(session), "kept": kept}
        if link is None or not link.is_ready:
            raise Unavailable("The worker has just ended. Ask again in a moment.")
        if past is not None and session.id not in self.berths:
            raise NotFound(session.id)
        session.link = link  # from here on, whatever is asked comes after this
        return await link.ask(
            Create,
            session.id,
            attempt=session.attempt,
            job=session.first_job.model_dump_json().encode(),
            state=state,
            past=past,
            start=session.forked_at,
            **facts,
        )

    async def _insert(self, session: Session) -> None:
        if self._store is None:
            return
        row = {
            **session.row(),
            "id": session.id,
            "owner": session.owner,
            "preset": session.preset,
            "shared": int(session.shared),
            "created": session.created,
            "parent": session.parent,
            "start": session.forked_at,
            "first_job": session.first_job.model_dump_json(),
            "log_epoch": session.log.epoch,
            "head": 0,
            "folded": 0,
        }
        try:
            await self._store.write(
                [lambda connection: connection.execute(insert(RUNS).values(row))]
            )
        except DiskFullError as problem:
            raise Refused("storage-full", FULL) from problem

    def _own(self, session: Session, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = self._tasks[session.id] = asyncio.create_task(work)
        task.add_done_callback(lambda done: self._ended(session, done))
        return task

    def _ended(self, session: Session, task: asyncio.Task[None]) -> None:
        del self._tasks[session.id]
        if task.cancelled() or self._is_stopping:
            return
        problem = task.exception()
        if problem is not None:
            LOGGER.warning("run %s was not taken in: %s", session.id, problem)
        died_meanwhile = session.link is None and session.is_playing
        if died_meanwhile and (problem is None or isinstance(problem, Unavailable)):
            self.want(session)


def record(session: Session) -> bytes:
    """What each checkpoint says of its run: enough to make the run's row again."""
    facts = {
        "id": session.id,
        "owner": session.owner,
        "preset": session.preset,
        "shared": session.shared,
        "created": session.created,
        "parent": session.parent,
        "start": session.forked_at,
        "first_job": session.first_job.model_dump_json(),
    }
    return json.dumps(facts).encode()
