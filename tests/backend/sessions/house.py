"""What tests of sessions share: jobs, a viewer that reads and draws, and waiting for what must happen."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

from neurarium.probe import Probe
from neurarium.sessions import gaze
from neurarium.sessions.demo import demo_job
from neurarium.sessions.errors import Unavailable
from neurarium.sessions.log import EventRecord, MetricsRecord
from neurarium.sessions.protocol import Series
from neurarium.sessions.session import Session
from neurarium.sessions.table import Sessions
from neurarium.sessions.viewer import Outgoing, Recorded, Restarted, Shown, Skipped, Unseen, Viewer
from neurarium.training.job import Job, merge
from neurarium_models.preset import PRESETS

Answer = TypeVar("Answer")
PATIENCE = 60.0
LONG = 10_000_000


def job(steps: int = LONG, **changes: Any) -> Job:
    """The job of the first visit, with changes."""
    document = demo_job().model_dump(mode="json")
    return Job.model_validate(merge(document, {"steps": steps, **changes}))


def preset(name: str, steps: int = LONG, **changes: Any) -> Job:
    """The job of a preset, with changes."""
    found = PRESETS[name]
    document = {**(found.job or {}), "graph": found.graph.model_dump(mode="json")}
    return Job.model_validate(merge(document, {"steps": steps, **changes}))


def probe(kind: str, **settings: Any) -> Probe:
    return gaze.PROBE.validate_python({"kind": kind, **settings})


async def until(condition: Callable[[], Any], patience: float = PATIENCE) -> None:
    """Wait for something that must become true."""
    async with asyncio.timeout(patience):
        while not condition():  # noqa: ASYNC110 - it happens in another process
            await asyncio.sleep(0.005)


async def quickest(attempt: Callable[[], Awaitable[None]], bound: float, tries: int = 8) -> float:
    """Time something until one try keeps to its bound, as other programs may hold the machine; return the best."""
    times: list[float] = []
    while not times or (min(times) >= bound and len(times) < tries):
        start = time.perf_counter()
        await attempt()
        times.append(time.perf_counter() - start)
    return min(times)


@asynccontextmanager
async def one_worker() -> AsyncIterator[Sessions]:
    """All sessions, nothing stored, one worker that is ready."""
    sessions = Sessions(workers=1, device="cpu")
    await sessions.start()
    try:
        await until(lambda: sessions.ready, 60)
        yield sessions
    finally:
        await sessions.stop()


async def insist(ask: Callable[[], Awaitable[Answer]]) -> Answer:
    """Ask until somebody answers, as a page does."""
    async with asyncio.timeout(60):
        while True:
            with suppress(Unavailable):
                return await ask()
            await asyncio.sleep(0.01)


class Spectator:
    """A viewer that reads all it is sent at once, and draws every frame."""

    def __init__(self, *, draws: bool = True) -> None:
        self.viewer = Viewer()
        self.draws = draws
        self.sent: list[Outgoing] = []
        self._task = asyncio.create_task(self._read())

    @property
    def records(self) -> list[Recorded]:
        return [out for out in self.sent if isinstance(out, Recorded)]

    @property
    def events(self) -> list[EventRecord]:
        return [out.record for out in self.records if isinstance(out.record, EventRecord)]

    @property
    def states(self) -> list[str | None]:
        return [event.state for event in self.events if event.event == "state"]

    @property
    def frames(self) -> list[Shown]:
        return [out for out in self.sent if isinstance(out, Shown)]

    @property
    def unseen(self) -> list[Unseen]:
        return [out for out in self.sent if isinstance(out, Unseen)]

    @property
    def notices(self) -> list[Restarted | Skipped]:
        return [out for out in self.sent if isinstance(out, (Restarted, Skipped))]

    def series(self, name: str) -> list[Series]:
        return [
            part
            for out in self.records
            if isinstance(out.record, MetricsRecord)
            for part in out.record.series
            if part.name == name
        ]

    def points(self, name: str) -> list[tuple[int, int]]:
        """Last step and count of every point of a curve."""
        return [
            point
            for part in self.series(name)
            for point in zip(part.steps, part.counts, strict=True)
        ]

    async def _read(self) -> None:
        while True:
            out = await self.viewer.next()
            self.sent.append(out)
            if isinstance(out, Recorded):
                self.viewer.read(out.run, out.record.seq)
            if isinstance(out, Shown) and self.draws:
                self.viewer.drawn(out.subscription)

    async def leave(self) -> None:
        self._task.cancel()
        await asyncio.wait([self._task])


def is_complete(points: Iterable[tuple[int, int]]) -> bool:
    """Whether points stand for every step, each once."""
    last = None
    for step, count in points:
        if last is not None and step - count != last:
            return False
        last = step
    return True


async def stood(session: Session) -> None:
    """Wait until a run no longer trains."""
    await until(lambda: session.state not in ("waiting", "running"))
