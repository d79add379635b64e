"""What uvicorn lacks against peers that send nonsense, too much, too slowly, or read nothing."""

import asyncio
import logging
import secrets
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from neurarium.api.doors.headers import EVERYWHERE
from neurarium.api.live import ABORT
from neurarium.api.problems import Refusal, answer

MAXIMUM_HEAD = 64 * 1024
"""Bytes of a request before its body."""
HEAD_SECONDS = 10.0
"""Within which they have to arrive."""
LINGER_SECONDS = 1.0

quiet = logging.getLogger(f"{__name__}.quiet")
"""Where uvicorn's complaints about peers go: everybody could fill a log with them."""
quiet.setLevel(logging.CRITICAL)


class RequestProtocol(HttpToolsProtocol):
    """HTTP with bounds on the head of a request."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.logger = quiet
        self.head = self.fields = 0
        self.head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Expect a request soon."""
        super().connection_made(transport)
        self.expect_head()

    def on_message_begin(self) -> None:
        """Expect the rest of its head soon."""
        super().on_message_begin()
        self.expect_head()

    def expect_head(self) -> None:
        """Wait for the head of a request, but not for ever."""
        self.head_over()
        self.head_timer = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def head_over(self) -> None:
        """Wait no longer."""
        self.head = self.fields = 0
        if self.head_timer is not None:
            self.head_timer.cancel()
            self.head_timer = None

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header, unless there are too many: the parser then gives up."""
        self.fields += len(name) + len(value)
        if self.fields > MAXIMUM_HEAD:
            raise ValueError("too many headers")
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Go on to the body."""
        self.head_over()
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        """Take some bytes; those of a head are counted."""
        self.head += len(data)
        super().data_received(data)
        if self.head_timer is None:
            self.head = 0
        elif self.head > MAXIMUM_HEAD and not self.transport.is_closing():
            self.send_400_response("")

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self.head_over()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP with a problem, like everything else."""
        response = answer(Refusal("malformed-request"), secrets.token_hex(8))
        headers = dict(response.headers) | EVERYWHERE | {"Connection": "close"}
        lines = [f"{name}: {value}" for name, value in headers.items()]
        head = "\r\n".join(["HTTP/1.1 400 Bad Request", *lines, "", ""])
        self.transport.write(head.encode("latin-1") + bytes(response.body))
        self.transport.close()


class SocketProtocol(WebSocketsSansIOProtocol):
    """A WebSocket that can be dropped: a close would wait behind what fills its buffer."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.logger = quiet
        self.failed = False

    def handle_connect(self, event: Any) -> None:
        """Offer the application a way to drop the connection."""
        super().handle_connect(event)
        if hasattr(self, "scope"):
            extensions: dict[Any, Any] = self.scope["extensions"]
            extensions[ABORT] = self.transport.abort

    def data_received(self, data: bytes) -> None:
        """Take some bytes; behind a fault they are thrown away."""
        if not self.failed:
            super().data_received(data)

    def handle_parser_exception(self) -> None:
        """Close with the code that says what is wrong.

        A peer that still sends is read on for a moment: a connection that is closed on unread bytes is reset, and the
        code would be lost on the way.
        """
        self.failed = True
        self.close_sent = True
        closed = self.conn.close_sent
        code = closed.code if closed else 1002
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": ""})
        self.transport.write(b"".join(self.conn.data_to_send()))
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()
        self.loop.call_later(LINGER_SECONDS, self.transport.close)

    def handle_ping(self) -> None:
        """Answer a ping, unless so many answers wait already that the peer does not read them."""
        if self.writable.is_set():
            super().handle_ping()
        else:
            self.transport.abort()
