"""Where runs are trained: the worker processes of this machine, each replaced when it dies."""

import asyncio
import logging
import os
import sys
from collections import deque
from collections.abc import Callable, Coroutine

from neurarium.clock import Clock
from neurarium.sessions import limits
from neurarium.sessions.confinement import ANALYST
from neurarium.sessions.errors import Refused, Unavailable
from neurarium.sessions.forked import Forked
from neurarium.sessions.launch import Launcher, Spawned
from neurarium.sessions.link import Link
from neurarium.sessions.protocol import FromWorker, Ready
from neurarium.sessions.suspicion import Suspicion

LOGGER = logging.getLogger(__name__)
USUAL = 8
"""Workers where nobody has said how many."""
STOPPING = 4.5
WAIT = 0.01
AHEAD = 10.0
"""Seconds after which the process for analyses is made though nobody has asked: what begins comes first."""


class Placement:
    """All workers. `lost` is told which one has died, and why."""

    def __init__(
        self,
        workers: int,
        device: str,
        hear: Callable[[Link, FromWorker], None],
        lost: Callable[[Link, str], None],
        clock: Clock,
    ) -> None:
        self.links: dict[int, Link] = {}
        self._wanted = min(workers, limits.WORKERS)
        self._device = device
        self._hear, self._lost = hear, lost
        self._clock = clock
        self.launcher = launcher(device)
        self.suspicion = Suspicion(clock)
        self._has_analyst = False
        self.cells: dict[str, int] = {}
        """Runs that have a worker of their own, as they ended others, and its number."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_stopping = False
        self._opening: asyncio.Task[None] | None = None
        self._first = asyncio.Event()

    @property
    def ready(self) -> list[Link]:
        """The workers that can take runs."""
        return [link for link in self.workers if link.is_ready]

    @property
    def workers(self) -> list[Link]:
        """All but the process for analyses."""
        return [link for link in self.links.values() if link.index != ANALYST]

    async def start(self) -> None:
        """Start the workers, and return at once."""
        self._opening = self._own(self._open())

    async def stop(self) -> None:
        """End all workers, within 5 seconds."""
        self._is_stopping = True
        if self._opening is not None:
            self._opening.cancel()
        for link in self.links.values():
            link.hang_up()
        await self.launcher.stop()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=STOPPING)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def choose(self, load: Callable[[Link], tuple[int, int]], run: str = "") -> Link:
        """Take the worker with the least to do, or the own one of a run that ended two; Refused after the third."""
        if self.suspicion.is_hopeless(run):
            raise Refused(
                "run-failed",
                f"{limits.DEATHS} workers ended in the midst of this run within a minute.",
                limit=int(limits.DEATHS),
            )
        own = self.cells.get(run)
        taken = set(self.cells.values())
        ready = [
            link
            for link in self.ready
            if link.index == own or (own is None and link.index not in taken)
        ]
        if not ready:
            raise Unavailable("The workers are still warming up. Ask again in a moment.")
        return min(ready, key=load)

    async def analyst(self) -> Link:
        """The process for long analyses; it is started when one is first asked for, or soon after the workers."""
        self._keep_analyst()
        while True:
            link = self.links.get(ANALYST)
            if link is not None and link.is_ready:
                return link
            if self._is_stopping:
                raise Unavailable("The server ends.")
            await asyncio.sleep(WAIT)

    def release(self, run: str) -> None:
        """A run is no more: neither is its own worker, if it had one."""
        self.suspicion.forget(run)
        if run in self.cells and (link := self.links.get(self.cells.pop(run))) is not None:
            link.dismiss()

    def _blame(self, run: str) -> None:
        """A worker died in a run's turn: the second time, it is given one that harms nobody else."""
        self.suspicion.blame(run)
        if self.suspicion.wants_cell(run) and run not in self.cells:
            if len(self.cells) >= limits.CELLS:
                LOGGER.error("run %s ended two workers, and there is no room for its own", run)
                self.suspicion.blame(run)
                return
            index = min(
                set(range(limits.WORKERS, limits.WORKERS + limits.CELLS)) - set(self.cells.values())
            )
            self.cells[run] = index
            self._own(self._keep(index, run))

    async def _open(self) -> None:
        """Start one worker, and the others once it has told what there is to train on."""
        self._own(self._keep(0))
        await self._first.wait()
        link = self.ready[0]
        count = self._wanted or usual(link.device, link.ready.result().devices)
        for index in range(1, count):
            self._own(self._keep(index))
        if isinstance(self.launcher, Forked) and link.device == "cpu":
            await asyncio.sleep(AHEAD)
            self._keep_analyst()

    def _keep_analyst(self) -> None:
        if not self._has_analyst:
            self._has_analyst = True
            self._own(self._keep(ANALYST))

    async def _keep(self, index: int, run: str = "") -> None:
        """Keep one worker alive, for good or for one run; after three deaths within a minute the next birth waits."""
        starts: deque[float] = deque(maxlen=limits.RESTARTS + 1)
        while not self._is_stopping and (not run or self.cells.get(run) == index):
            await self._wait_for_budget(starts)
            starts.append(self._clock.elapsed())
            link = Link(index, self._device, self._hear, self.launcher)
            if index != ANALYST:
                link.ready.add_done_callback(self._is_up)
            self.links[index] = link
            reason = await link.run()
            del self.links[index]
            if link.is_dismissed:
                starts.pop()
            elif not self._is_stopping:
                LOGGER.error("worker %s is replaced: %s", index, reason)
                if link.turn:
                    self._blame(link.turn)
                self._lost(link, reason)

    async def _wait_for_budget(self, starts: deque[float]) -> None:
        if len(starts) > limits.RESTARTS:
            await asyncio.sleep(starts[0] + limits.RESTART_WINDOW - self._clock.elapsed())

    def _is_up(self, ready: asyncio.Future[Ready]) -> None:
        if not ready.cancelled():
            self._first.set()

    def _own(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (problem := task.exception()) is not None:
            LOGGER.error("the care for a worker ended", exc_info=problem)


def launcher(device: str) -> Launcher:
    """Fork where that is sound: on Linux (elsewhere system libraries forbid it), and where no card is asked for."""
    if sys.platform == "linux" and device in ("auto", "cpu"):
        return Forked(device)
    return Spawned()


def usual(device: str, devices: int) -> int:
    """Say how many workers suit this machine: one for each graphics card, else one for each core."""
    if device == "cuda":
        return devices
    cores = (
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    )
    return max(1, min(cores, USUAL))
