"""Long analyses: done in a process of their own, on copies of the runs' states, so that no run waits for them."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

from neurarium.sessions import limits
from neurarium.sessions.errors import Refused, Unavailable
from neurarium.sessions.link import Link
from neurarium.sessions.protocol import Create, Drop, Form, Look
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
            try:
                answer = await link.ask(
                    Look, copy, patience=PATIENCE, probe=look, form=form, picture=picture
                )
            except (asyncio.CancelledError, Unavailable):
                if self._open == 1:
                    link.dismiss()  # a look cannot be interrupted otherwise; the next process is there at once
                raise
            return answer.body

    async def analyse(
        self, job: Job, state: bytes, question: bytes, told: Callable[[dict[str, Any]], None]
    ) -> dict[str, Any]:
        """Have something worked out from a saved state; `told` hears the parts. Whoever no longer waits ends it."""
        async with self._copy(job, state) as (link, copy):
            return (await link.analyse(copy, question, told)).facts

    @asynccontextmanager
    async def _copy(self, job: Job, state: bytes) -> AsyncIterator[tuple[Link, str]]:
        """Make a copy of a run in the process for analyses; it is gone afterwards."""
        if self._open >= limits.ANALYSES:
            raise Refused(
                "busy",
                f"{self._open} analyses are under way. Wait for one to end, or stop it.",
                limit=int(limits.ANALYSES),
            )
        self._open += 1
        copy = f"analysis{next(self._numbers)}"
        try:
            async with asyncio.timeout(PATIENCE):
                link = await self._link()
            try:
                await link.ask(
                    Create, copy, attempt=0, job=job.model_dump_json().encode(), state=state
                )
                yield link, copy
            finally:
                with suppress(Refused, Unavailable):  # it has gone with its process
                    await link.ask(Drop, copy)
        finally:
            self._open -= 1
