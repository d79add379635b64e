"""One warm process that makes the workers of many tests: to warm another for each would be most of what they cost.

The sessions of a test are its own, and so are its workers. Only what forks them goes on from test to test, as in a
server whose workers die. Tests that end it, or time its end, have their own.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import pytest
import pytest_asyncio

from neurarium.sessions import placement
from neurarium.sessions.forked import Forked
from neurarium.sessions.launch import Ends, Launcher, Process


class Lent:
    """Makes workers as its owner does, who goes on when the sessions end."""

    def __init__(self, owner: Launcher) -> None:
        self._owner = owner

    async def launch(self, index: int, device: str, ends: Ends) -> Process:
        return await self._owner.launch(index, device, ends)

    async def stop(self) -> None:
        return


@contextmanager
def lent(owner: Launcher) -> Iterator[None]:
    """Let sessions that are put together now have their workers made by somebody who outlives them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(placement, "launcher", lambda _: Lent(owner))
        yield


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def forks() -> AsyncIterator[Forked]:
    """What forks, for all tests of this process."""
    owner = Forked("cpu")
    try:
        yield owner
    finally:
        await owner.stop()


@pytest.fixture
def shared_forks(forks: Forked) -> Iterator[None]:
    """Every worker of a test comes from there."""
    with lent(forks):
        yield
