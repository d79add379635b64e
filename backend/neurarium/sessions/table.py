"""The table of all runs of this server."""

import asyncio
import logging
import secrets

from neurarium.clock import CLOCK, Clock
from neurarium.sessions import limits, machine
from neurarium.sessions.analyst import Analyst
from neurarium.sessions.control import Play
from neurarium.sessions.demo import PRESET as DEMO
from neurarium.sessions.demo import SECONDS, demo_job
from neurarium.sessions.errors import NotFound, Refused, Unavailable
from neurarium.sessions.ledger import Ledger, Storage
from neurarium.sessions.link import Link
from neurarium.sessions.placement import Placement
from neurarium.sessions.protocol import FromWorker, News
from neurarium.sessions.residence import Residence
from neurarium.sessions.session import Session
from neurarium.sessions.store.store import Store
from neurarium.sessions.viewer import Viewer
from neurarium.training.job import Job

LOGGER = logging.getLogger(__name__)
HOUSE = ""
"""Owner of the shared runs: nobody can sign in by this name."""


class Sessions:
    """Every run by its name, and the workers that train them."""

    def __init__(
        self,
        workers: int = 0,
        device: str = "auto",
        clock: Clock = CLOCK,
        store: Store | None = None,
    ) -> None:
        """Without a store, runs end with the server."""
        self._sessions: dict[str, Session] = {}
        self._clock = clock
        self._placement = Placement(workers, device, self._hear, self._lost, clock)
        self._store = store
        self._ledger = Ledger(store, clock)
        self._residence = Residence(store, self._ledger, self._choose)
        self._ledger.hold = lambda: self._residence.hold(list(self._sessions.values()))
        self._ledger.release = self._residence.release
        self.analyst = Analyst(self._placement.analyst)
        self._demos: list[Session] = []
        self._demo_lock = asyncio.Lock()

    @property
    def ready(self) -> bool:
        """Whether at least one worker is warm."""
        return bool(self._placement.ready)

    @property
    def device(self) -> str:
        """What trains here; `cpu` until a worker has told."""
        return next((link.device for link in self._placement.ready), "cpu")

    @property
    def storage(self) -> Storage:
        """How it stands with the disk."""
        return self._ledger.storage

    @property
    def links(self) -> list[Link]:
        """The workers that are there now."""
        return self._placement.workers

    async def start(self) -> None:
        """Start the workers, find the runs again that were stored, and return."""
        await self._placement.start()  # first, as they take longest
        if self._store is not None:
            try:
                await self._store.start()
                self._restore(self._store)
            except BaseException:
                await self._placement.stop()
                raise
        self._ledger.start()
        self._residence.go_on(list(self._sessions.values()), lambda: self.ready)

    async def stop(self) -> None:
        """End everything, within 5 seconds."""
        await self._residence.stop()
        await self._placement.stop()
        await self._ledger.stop()
        if self._store is not None:
            await self._store.stop()

    async def create(
        self,
        owner: str,
        job: Job,
        *,
        preset: str | None = None,
        shared: bool = False,
        state: bytes | None = None,
        origin: tuple[Session, int] | None = None,
    ) -> Session:
        """Make a run of a job, or one that goes on from a saved state; it waits for `play`.

        With `origin`, a run and a step of it, its curves begin with those.
        """
        self._check_room(owner)
        self._ledger.check_room()
        session = Session(self._new_name(), owner, job, self, self._ledger, self._clock)
        session.preset, session.shared = preset, shared
        session.link = self._choose(session.id)
        if origin is not None:
            session.parent, session.forked_at = origin[0].id, origin[1]
        self._sessions[session.id] = session
        try:
            await self._residence.create(session, state)
        except BaseException:
            del self._sessions[session.id]
            raise
        if origin is not None:
            await self._residence.inherit(session, *origin)
        return session

    async def place(self, session: Session) -> None:
        """Bring a run that no worker has into one, as it was."""
        await self._residence.place(session)

    def is_moving(self, session: Session) -> bool:
        """Whether it is being brought into one."""
        return self._residence.is_moving(session)

    def want(self, session: Session) -> None:
        """Do so soon: somebody looks at it."""
        self._residence.want(session)

    def get(self, owner: str, run: str) -> Session:
        """Find a run that this owner may see, or raise NotFound."""
        session = self._sessions.get(run)
        if session is None or not session.device or (session.owner != owner and not session.shared):
            raise NotFound(run)
        return session

    def list(self, owner: str, offset: int, limit: int) -> "tuple[list[Session], int]":
        """List an owner's runs, the newest first, from `offset` on; and say how many there are."""
        own = [
            session
            for session in self._sessions.values()
            if session.owner == owner and session.device
        ]
        return own[::-1][offset : offset + limit], len(own)

    async def delete(self, owner: str, run: str) -> None:
        """Forget an owner's run."""
        session = self.get(owner, run)
        if session.owner != owner:
            raise Refused("shared-run", "Everybody who comes for the first time shares this run.")
        await self._forget(session)

    async def demo(self) -> Session:
        """Return the shared run of first visits: the one that goes on, or a fresh one."""
        async with self._demo_lock:
            if self._demos and self._demos[-1].state == "running":
                return self._demos[-1]
            job = demo_job()
            session = await self.create(HOUSE, job, preset=DEMO, shared=True)
            self._demos.append(session)
            await session.steer(Play(pace=job.steps / SECONDS))
            while len(self._demos) > limits.DEMOS_KEPT:
                await self._forget(self._demos.pop(0))
            return session

    def leave(self, viewer: Viewer) -> None:
        """A viewer has gone: nobody waits for it, and nothing is computed for it."""
        for session in self._sessions.values():
            session.watches.leave(viewer)
            session.unwatch(viewer)

    def check_play(self, session: Session) -> None:
        """Raise Refused if the owner has too many runs that play."""
        own = (
            other
            for other in self._sessions.values()
            if other.owner == session.owner and other is not session
        )
        playing = sum(other.is_playing for other in own)
        if playing >= limits.RUNS_PLAYING:
            raise Refused(
                "busy",
                f"{playing} of your runs train at this moment; at most {limits.RUNS_PLAYING} may. Pause one of them.",
                limit=int(limits.RUNS_PLAYING),
                actual=playing,
            )

    def _check_room(self, owner: str) -> None:
        kept = sum(session.owner == owner for session in self._sessions.values())
        if kept >= limits.RUNS_KEPT and owner != HOUSE:
            raise Refused(
                "too-many-runs",
                f"You have {kept} runs; at most {limits.RUNS_KEPT} are kept. Delete one of them.",
                limit=int(limits.RUNS_KEPT),
                actual=kept,
            )
        if len(self._sessions) >= limits.RUNS_IN_ALL:
            raise Refused(
                "too-many-runs",
                f"This server keeps {limits.RUNS_IN_ALL} runs and has no room for another.",
                limit=int(limits.RUNS_IN_ALL),
                actual=len(self._sessions),
            )
        used = machine.memory_percent()
        if used > limits.MEMORY_PERCENT:
            raise Refused(
                "busy",
                f"{used:.0f} % of this machine's memory is in use; above {limits.MEMORY_PERCENT} % no run is begun.",
                limit=int(limits.MEMORY_PERCENT),
                actual=round(used),
            )

    def _choose(self, run: str) -> Link:
        return self._placement.choose(self._load, run)

    def _restore(self, store: Store) -> None:
        """Find the runs again: at once, as their logs are only read when somebody asks."""
        for row in store.runs():
            session = Session(
                row.id, row.owner, self._residence.job(row), self, self._ledger, self._clock
            )
            self._residence.restore(session, row)
            self._sessions[row.id] = session
            if session.owner == HOUSE:
                self._demos.append(session)

    async def _forget(self, session: Session) -> None:
        del self._sessions[session.id]
        self._placement.release(session.id)
        try:
            await session.close()
        except Unavailable as problem:
            LOGGER.warning("run %s was not told to its worker as deleted: %s", session.id, problem)
        await self._residence.delete(session)

    def _load(self, link: Link) -> tuple[int, int]:
        """Say how much a worker has to do: runs that play, then runs at all."""
        berths = self._residence.berths
        placed = [
            session
            for session in self._sessions.values()
            if link in (session.link, berths.get(session.id))
        ]
        return sum(session.is_playing for session in placed), len(placed)

    def _hear(self, link: Link, message: FromWorker) -> None:
        if isinstance(message, News):
            session = self._sessions.get(message.run)
            if session is not None and session.link is link:
                session.hear(message)

    def _lost(self, link: Link, reason: str) -> None:
        for session in [session for session in self._sessions.values() if session.link is link]:
            session.lose(reason)
            if self._store is not None:
                self._residence.lose(session)

    def _new_name(self) -> str:
        while (name := secrets.token_hex(6)) in self._sessions:
            pass
        return name
