"""What a process writes to its stderr, passed on to the log in whole lines."""

import asyncio
import logging
import os

from neurarium.sessions import limits

LOGGER = logging.getLogger(__name__)
PATIENCE = 1.0
"""Seconds for the last words of a process that has ended."""


class Complaints:
    """The reading end of a pipe. `theirs` is for the process, and to be closed here once it has that."""

    def __init__(self, who: str) -> None:
        self._who = who
        self._ours, self.theirs = os.pipe()
        self._reading = asyncio.create_task(self._read())

    def given(self) -> None:
        """The process has its end."""
        os.close(self.theirs)

    async def close(self) -> None:
        """Read what is left, and read no more."""
        await asyncio.wait([self._reading], timeout=PATIENCE)
        self._reading.cancel()

    async def _read(self) -> None:
        loop, stream = asyncio.get_running_loop(), asyncio.StreamReader()
        transport, _ = await loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(stream), os.fdopen(self._ours, "rb")
        )
        try:
            await collect(self._who, stream)
        finally:
            transport.close()


async def collect(who: str, stream: asyncio.StreamReader) -> None:
    """Log the lines that come, those together that came together."""
    unread = b""
    while text := await stream.read(4096):
        lines, _, unread = (unread + text)[-limits.STDERR_BYTES :].rpartition(b"\n")
        if lines:
            LOGGER.warning("%s: %s", who, lines.decode("utf-8", "replace"))
