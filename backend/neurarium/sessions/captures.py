"""The computational graphs of a run: captured in the process for analyses, kept, and handed to the run's worker."""

import asyncio
import logging
from collections.abc import Callable
from typing import NamedTuple

from neurarium.capture.document import Extent
from neurarium.capture.key import needs_of
from neurarium.sessions import limits
from neurarium.sessions.errors import Refused, Unavailable
from neurarium.sessions.house import House
from neurarium.sessions.protocol import Captured
from neurarium.training.job import Job
from neurarium_models.inspect import inspect

LOGGER = logging.getLogger(__name__)


class Kept(NamedTuple):
    """A document, and what it follows from."""

    needs: str
    document: bytes


class Captures:
    """The newest document of each extent. What a job changes besides is no reason to capture anew."""

    def __init__(
        self, run: str, house: House, job: Callable[[], Job], tell: Callable[[Captured], None]
    ) -> None:
        self._run = run
        self._house = house
        self._job = job
        self._tell = tell
        self._kept: dict[Extent, Kept] = {}
        self._under_way: dict[tuple[Extent, str], asyncio.Task[bytes]] = {}
        self._handing: dict[Extent, asyncio.Task[None]] = {}
        self._handed: dict[Extent, str] = {}

    async def get(self, extent: Extent) -> bytes:
        """Return the document of the job as it is now, captured once however many ask for it."""
        job = self._job()
        needs = needs_of(job, extent)
        kept = self._kept.get(extent)
        if kept is not None and kept.needs == needs:
            return kept.document
        task = self._under_way.get((extent, needs))
        if task is None:
            task = asyncio.create_task(self._capture(job, extent, needs))
            self._under_way[extent, needs] = task
            task.add_done_callback(lambda _: self._under_way.pop((extent, needs)))
        return await asyncio.shield(task)

    def hand(self, extents: set[Extent], *, again: bool = False) -> None:
        """See to it that the worker has these documents; `again`: it is a new one and has none."""
        if again:
            self._handed.clear()
        for extent in extents:
            if self._handed.get(extent) != needs_of(self._job(), extent):
                before = self._handing.get(extent)
                if before is not None:
                    before.cancel()
                self._handing[extent] = asyncio.create_task(self._hand(extent))

    def close(self) -> None:
        """Nobody needs them any more."""
        for task in (*self._under_way.values(), *self._handing.values()):
            task.cancel()

    async def _capture(self, job: Job, extent: Extent, needs: str) -> bytes:
        layers = inspect(job.graph).layers
        if layers > limits.LAYERS_CAPTURED:
            raise Refused(
                "probe-refused",
                f"The network has {layers:,} layers; the computational graph is drawn for at most "
                f"{limits.LAYERS_CAPTURED:,}.",
                limit=int(limits.LAYERS_CAPTURED),
                actual=layers,
            )
        document = await self._house.analyst.capture(job, extent)
        self._kept[extent] = Kept(needs, document)
        return document

    async def _hand(self, extent: Extent) -> None:
        needs = needs_of(self._job(), extent)
        try:
            document = await self.get(extent)
        except (Refused, Unavailable) as problem:
            self._tell(Captured(self._run, extent, b"", str(problem)))
            return
        self._handed[extent] = needs
        self._tell(Captured(self._run, extent, document))
