"""The line between page and server: overheard, and cut."""

import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
from playwright.sync_api import Page, WebSocket

Message = dict[str, Any]
CHUNK = 65_536


class Overheard:
    """Everything that a page and the server say to each other on sockets, with the time of it."""

    def __init__(self, page: Page) -> None:
        self.sent: list[tuple[float, Message]] = []
        self.received: list[tuple[float, Message]] = []
        page.on("websocket", self._listen)

    def said(self, kind: str, **fields: Any) -> list[Message]:
        """What the server said of one kind."""
        return [
            message
            for _, message in self.received
            if message["type"] == kind and fields.items() <= message.items()
        ]

    def newest_step(self) -> int:
        """The last step of which the page knows a loss."""
        steps = [
            series["steps"][-1]
            for message in self.said("metrics")
            for series in message["series"]
            if series["steps"]
        ]
        return max(steps, default=0)

    def _listen(self, line: WebSocket) -> None:
        line.on("framesent", lambda raw: self._note(self.sent, raw))
        line.on("framereceived", lambda raw: self._note(self.received, raw))

    @staticmethod
    def _note(notes: list[tuple[float, Message]], raw: str | bytes) -> None:
        message = json.loads(raw) if isinstance(raw, str) else msgspec.msgpack.decode(raw)
        notes.append((time.perf_counter(), message))


class Cable:
    """A cable to a server that can be pulled out and put in again."""

    def __init__(self, address: str) -> None:
        host, _, port = address.removeprefix("http://").partition(":")
        self._there = (host, int(port))
        self._door = socket.create_server(("127.0.0.1", 0))
        self._ends: list[socket.socket] = []
        self._whole = True
        self.address = f"http://127.0.0.1:{self._door.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def cut(self) -> None:
        self._whole = False
        while self._ends:
            hang_up(self._ends.pop())

    def mend(self) -> None:
        self._whole = True

    def close(self) -> None:
        hang_up(self._door)
        self.cut()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._door.accept()
                if not self._whole:
                    hang_up(near)
                    continue
                far = socket.create_connection(self._there)
                self._ends += [near, far]
                for source, target in ((near, far), (far, near)):
                    threading.Thread(target=carry, args=(source, target), daemon=True).start()


def carry(source: socket.socket, target: socket.socket) -> None:
    """Pass on what arrives until one end is gone."""
    with contextlib.suppress(OSError):
        while data := source.recv(CHUNK):
            target.sendall(data)
    hang_up(source)
    hang_up(target)


def hang_up(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()


@contextmanager
def cable(address: str) -> Iterator[Cable]:
    """Lay a cable, and take it away at the end."""
    laid = Cable(address)
    try:
        yield laid
    finally:
        laid.close()
