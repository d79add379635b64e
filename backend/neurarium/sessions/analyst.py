"""Long analyses: done in a process of their own, on a copy of the run's state, so that no run waits for them."""

import asyncio
from collections.abc import Awaitable, Callable

from neurarium.sessions import limits
from neurarium.sessions.errors import Refused, Unavailable
from neurarium.sessions.link import Link
from neurarium.sessions.protocol import Create, Drop, Form, Look
from neurarium.training.job import Job

TICKET = "analysis"
"""The name of the copy, in a process that has no other run."""
PATIENCE = 120.0
"""Seconds that an analysis may take."""


class Analyst:
    """One analysis at a time. Whoever no longer waits for one ends it, with its process: the next is there at once."""

    def __init__(self, link: Callable[[], Awaitable[Link]]) -> None:
        self._link = link
        self._turn = asyncio.Lock()
        self._asked = 0

    async def look(
        self, job: Job, state: bytes, look: bytes, form: Form, picture: str | None
    ) -> bytes:
        """Compute one probe of a saved state."""
        if self._asked >= limits.ANALYSES:
            raise Refused(
                "busy",
                f"{self._asked} analyses are waiting. Ask again in a moment.",
                limit=int(limits.ANALYSES),
            )
        self._asked += 1
        try:
            async with self._turn:
                return await self._look(job, state, look, form, picture)
        finally:
            self._asked -= 1

    async def _look(
        self, job: Job, state: bytes, look: bytes, form: Form, picture: str | None
    ) -> bytes:
        async with asyncio.timeout(PATIENCE):
            link = await self._link()
        try:
            document = job.model_dump_json().encode()
            await link.ask(Create, TICKET, attempt=0, job=document, state=state)
            answer = await link.ask(
                Look, TICKET, patience=PATIENCE, probe=look, form=form, picture=picture
            )
            await link.ask(Drop, TICKET)
        except Refused:
            await link.ask(Drop, TICKET)
            raise
        except (asyncio.CancelledError, Unavailable):
            link.hang_up()
            raise
        return answer.body
