"""Long analyses: done in a process of their own, on copies of the runs' states, so that no run waits for them."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any

from neurarium.capture.document import Extent
from neurarium.sessions import limits
from neurarium.sessions.errors import Refused, Unavailable
from neurarium.sessions.link import Link
from neurarium.sessions.protocol import (
    Answer,
    CaptureStep,
    Create,
    Drop,
    Form,
    Look,
    ReadOnnx,
    WriteOnnx,
)
from neurarium.training.job import Job

PATIENCE = 120.0
"""Seconds that a long look may take."""


class Analyst:
    """What is under way in the process for analyses: each has a copy of its own, they take turns."""

    def __init__(self, link: Callable[[], Awaitable[Link]]) -> None:
        self._link = link
        self._numbers = itertools.count(1)
        self._open = 0

    async def look(
        self, job: Job, state: bytes, look: bytes, form: Form, picture: str | None
    ) -> bytes:
        """Compute one probe of a saved state. Whoever no longer waits ends it, with the process if nobody else does."""
        async with self._copy(job, state) as (link, copy):
            with self._ending(link):
                answer = await link.ask(
                    Look, copy, patience=PATIENCE, probe=look, form=form, picture=picture
                )
            return answer.body

    async def onnx(self, job: Job, state: bytes) -> bytes:
        """Write the network of a saved state as ONNX."""
        async with self._copy(job, state) as (link, copy):
            with self._ending(link):
                return (await link.ask(WriteOnnx, copy, patience=PATIENCE)).body

    async def capture(self, job: Job, extent: Extent) -> bytes:
        """Capture the computational graph of a job's step: a `Capture` as JSON. Its numbers do not matter."""
        async with self._copy(job, None) as (link, copy):
            with self._ending(link):
                return (await link.ask(CaptureStep, copy, patience=PATIENCE, extent=extent)).body

    async def read_onnx(self, document: bytes) -> Answer:
        """Read a stranger's ONNX file as a network: its facts, and its weights as safetensors."""
        async with self._room() as link:
            with self._ending(link):
                return await link.ask(ReadOnnx, "", patience=PATIENCE, document=document)

    async def analyse(
        self, job: Job, state: bytes, question: bytes, told: Callable[[dict[str, Any]], None]
    ) -> dict[str, Any]:
        """Have something worked out from a saved state; `told` hears the parts. Whoever no longer waits ends it."""
        async with self._copy(job, state) as (link, copy):
            return (await link.analyse(copy, question, told)).facts

    @contextmanager
    def _ending(self, link: Link) -> Iterator[None]:
        """What cannot be interrupted ends with its process, if nobody else needs that; the next is there at once."""
        try:
            yield
        except (asyncio.CancelledError, Unavailable):
            if self._open == 1:
                link.dismiss()
            raise

    @asynccontextmanager
    async def _copy(self, job: Job, state: bytes | None) -> AsyncIterator[tuple[Link, str]]:
        """Make a copy of a run in the process for analyses; it is gone afterwards."""
        copy = f"analysis{next(self._numbers)}"
        async with self._room() as link:
            try:
                await link.ask(
                    Create, copy, attempt=0, job=job.model_dump_json().encode(), state=state
                )
                yield link, copy
            finally:
                with suppress(Refused, Unavailable):  # it has gone with its process
                    await link.ask(Drop, copy)

    @asynccontextmanager
    async def _room(self) -> AsyncIterator[Link]:
        """Take one of the places in the process for analyses, or raise Refused."""
        if self._open >= limits.ANALYSES:
            raise Refused(
                "busy",
                f"{self._open} analyses are under way. Wait for one to end, or stop it.",
                limit=int(limits.ANALYSES),
            )
        self._open += 1
        try:
            async with asyncio.timeout(PATIENCE):
                link = await self._link()
            yield link
        finally:
            self._open -= 1
