"""The worker's end of the socket: never waits, neither to read nor to write."""

import select
import socket
from collections.abc import Iterator

import msgspec

from neurarium.sessions import limits, protocol
from neurarium.sessions.protocol import LENGTH, ChannelError, Spoken, ToWorker

CHUNK = 256 * 1024


class Channel:
    """Messages in and out of a socket that is looked at between two portions of work."""

    def __init__(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        self._socket = connection
        self._read = bytearray()
        self._unsent = bytearray()

    @property
    def is_full(self) -> bool:
        """Whether the other side has been reading too slowly for anything more to be made."""
        return len(self._unsent) > limits.OUTBOX_BYTES

    def send(self, message: Spoken) -> None:
        """Queue a message, and get rid of what the socket takes."""
        self._unsent += protocol.pack(message)
        self.flush()

    def flush(self) -> None:
        """Write as much as the socket takes; ChannelError if nobody is there."""
        try:
            while self._unsent:
                sent = self._socket.send(memoryview(self._unsent)[:CHUNK])
                del self._unsent[:sent]
        except BlockingIOError:
            return
        except OSError as problem:
            raise ChannelError(str(problem)) from problem

    def receive(self) -> Iterator[ToWorker]:
        """Take what has come; ChannelError once the other side has gone."""
        if self._unsent:
            self.flush()
        try:
            data = self._socket.recv(CHUNK)
        except BlockingIOError:
            return
        except OSError as problem:
            raise ChannelError(str(problem)) from problem
        if not data:
            raise ChannelError("the server has gone")
        self._read += data
        while (body := self._next()) is not None:
            yield self._decode(body)

    def wait(self, seconds: float) -> None:
        """Sleep until something has come, the socket takes more, or the time is over."""
        writers = [self._socket] if self._unsent else []
        select.select([self._socket], writers, [], max(0.0, seconds))

    def _next(self) -> bytes | None:
        if len(self._read) < LENGTH:
            return None
        end = LENGTH + protocol.length(bytes(self._read[:LENGTH]))
        if len(self._read) < end:
            return None
        body = bytes(self._read[LENGTH:end])
        del self._read[:end]
        return body

    @staticmethod
    def _decode(body: bytes) -> ToWorker:
        try:
            return protocol.TO_WORKER.decode(body)
        except msgspec.DecodeError as problem:
            raise ChannelError(str(problem)) from problem
