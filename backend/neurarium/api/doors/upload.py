"""Files that are sent as they are: their routes are listed, their size and number are bounded."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.datastructures import Headers
from starlette.types import Receive, Scope

from neurarium.api.doors.body import drain, read
from neurarium.api.problems import Refusal

MAXIMUM_FILE = 64 * 2**20
MAXIMUM_UPLOADS = 4
TIMEOUT = 120.0
MEDIA_TYPE = "application/octet-stream"


class Uploads:
    """The files that arrive at this moment."""

    def __init__(self) -> None:
        self._open = 0

    async def take(self, scope: Scope, receive: Receive) -> bytes:
        """Read a file, or raise Refusal."""
        headers = Headers(scope=scope)
        length = headers.get("content-length", "0")
        if length.isascii() and length.isdigit() and int(length[:20]) > MAXIMUM_FILE:
            await drain(receive)
            raise _too_large()
        if headers.get("content-encoding", "identity").lower() != "identity":
            raise Refusal("not-json", "Send the file as it is, not compressed.")
        with self._place():
            try:
                async with asyncio.timeout(TIMEOUT):
                    raw = await read(receive, MAXIMUM_FILE)
            except TimeoutError:
                raise Refusal(
                    "timeout", f"The whole file has to arrive within {TIMEOUT:.0f} seconds."
                ) from None
        if raw is None:
            await drain(receive)
            raise _too_large()
        return raw

    @contextmanager
    def _place(self) -> Iterator[None]:
        if self._open >= MAXIMUM_UPLOADS:
            raise Refusal(
                "busy",
                f"{self._open} files are arriving at this moment. Send this one again when they are here.",
                limit=MAXIMUM_UPLOADS,
            )
        self._open += 1
        try:
            yield
        finally:
            self._open -= 1


def is_file(scope: Scope) -> bool:
    """Whether a body says that it is a file, and nothing else."""
    return Headers(scope=scope).getlist("content-type") == [MEDIA_TYPE]


def _too_large() -> Refusal:
    sentence = f"A file has at most {MAXIMUM_FILE // 2**20} MiB."
    return Refusal("too-large", sentence, limit=MAXIMUM_FILE)
