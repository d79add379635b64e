"""A page's side of the socket, for tests: it says hello, reads what comes, and knows each close code."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from neurarium.api.messages import PROTOCOL
from tests.backend.api.service import Service

Message = dict[str, Any]
HELLO = {"type": "hello", "v": PROTOCOL}


class Line:
    """One socket."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def say(self, *messages: Message) -> None:
        """Send messages."""
        for message in messages:
            await self.connection.send(json.dumps(message))

    async def hear(self) -> Message:
        """Take the next message."""
        raw = await self.connection.recv()
        message: Message = json.loads(raw) if isinstance(raw, str) else msgspec.msgpack.decode(raw)
        return message

    async def until(self, kind: str, **facts: Any) -> Message:
        """Read on to a message of some kind, with some values."""
        while True:
            message = await self.hear()
            if message["type"] == kind and facts.items() <= message.items():
                return message

    async def end(self) -> tuple[int, str]:
        """Read on until the server closes: with which code, and why."""
        try:
            while True:
                await self.connection.recv()
        except ConnectionClosed as closed:
            received = closed.rcvd
            return (received.code, received.reason) if received else (1006, "")


@asynccontextmanager
async def line(
    server: Service, hello: Message | None = HELLO, **options: Any
) -> AsyncIterator[Line]:
    """Open a socket as a script and say hello."""
    async with connect(
        server.live, additional_headers=server.headers, compression=None, max_size=None, **options
    ) as connection:
        opened = Line(connection)
        if hello is not None:
            await opened.say(hello)
            assert (await opened.hear())["type"] == "welcome"
        yield opened
