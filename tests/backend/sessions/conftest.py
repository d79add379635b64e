"""Real workers for the tests of sessions; most tests share one set of them."""

from collections.abc import AsyncIterator

import pytest_asyncio

from neurarium.sessions.forked import Forked
from neurarium.sessions.table import Sessions
from tests.backend.sessions.forks import forks, lent, shared_forks
from tests.backend.sessions.house import until

__all__ = ("forks", "sessions", "shared_forks")


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def sessions(forks: Forked) -> AsyncIterator[Sessions]:
    """Two workers that live as long as the tests."""
    with lent(forks):
        sessions = Sessions(workers=2, device="cpu")
    await sessions.start()
    try:
        await until(lambda: len([link for link in sessions.links if link.is_ready]) == 2, 60)
        yield sessions
    finally:
        await sessions.stop()
