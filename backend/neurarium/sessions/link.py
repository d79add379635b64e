"""One worker process as the web process sees it: started, asked, listened to, and ended."""

import asyncio
import itertools
import logging
import os
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import msgspec

from neurarium.sessions import limits, protocol
from neurarium.sessions.errors import Refused, Unavailable
from neurarium.sessions.protocol import (
    LENGTH,
    Abandon,
    Analyse,
    Answer,
    Asked,
    Beat,
    ChannelError,
    FromWorker,
    Note,
    Part,
    Ready,
    Refusal,
    Spoken,
)

LOGGER = logging.getLogger(__name__)
WARMING = 120.0
"""Seconds until a new process must have said hello: torch alone may take many on a busy machine."""
SILENCE = 60.0
"""Seconds without a sign of life after which a worker is taken for hung."""
ANSWERING = 30.0
"""Seconds until a request is given up."""
ANALYSING = 180.0
"""Seconds until an analysis is given up: it is done between the turns of all runs."""
LEAVING = 3.0
"""Seconds that a worker has to end by itself."""
PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "LD_LIBRARY_PATH", "VIRTUAL_ENV")
PASSED_ON_FAMILIES = (
    "NEURARIUM_FAULT",
    "PYTHON",
    "CUDA",
    "NVIDIA",
    "TORCH",
    "PYTORCH",
    "OMP_",
    "MKL_",
    "DYLD_",
)


class Link:
    """A worker process and the socket to it."""

    def __init__(self, index: int, device: str, hear: "Callable[[Link, FromWorker], None]") -> None:
        self.index = index
        self.ready: asyncio.Future[Ready] = asyncio.get_running_loop().create_future()
        self.pulse: Beat | None = None
        """What the worker told of itself last."""
        self._wanted = device
        self._hear = hear
        self._ids = itertools.count(1)
        self._asked: dict[int, asyncio.Future[Answer]] = {}
        self._told: dict[int, Callable[[dict[str, Any]], None]] = {}
        """Who hears the parts of an answer."""
        self._writer: asyncio.StreamWriter | None = None

    @property
    def is_ready(self) -> bool:
        """Whether it can take runs."""
        return self.ready.done() and not self.ready.cancelled() and self._writer is not None

    @property
    def device(self) -> str:
        """What it trains on: `cpu`, `cuda`, `mps`; empty while that is not known."""
        return self.ready.result().device.partition(":")[0] if self.is_ready else ""

    async def run(self) -> str:
        """Start the process and listen to it until it is gone; say why it is."""
        ours, theirs = socket.socketpair()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "neurarium.sessions.worker"),
            *(str(theirs.fileno()), str(self.index), self._wanted),
            pass_fds=[theirs.fileno()],
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            env=_environment(),
        )
        theirs.close()
        reader, self._writer = await asyncio.open_connection(sock=ours)
        complaints = asyncio.create_task(self._collect(process.stderr))
        try:
            reason = await self._listen(reader)
        finally:
            patience = LEAVING if self.is_ready else 0.0
            self._hang_up()
            code = await _end(process, patience)
            await asyncio.wait([complaints], timeout=LEAVING)
            complaints.cancel()
        LOGGER.info("worker %s ended: %s, exit code %s", self.index, reason, code)
        return f"{reason} (exit code {code})"

    async def ask(self, kind: type[Asked], run: str, **facts: Any) -> Answer:
        """Ask something about a run; Refused or Unavailable if there is no answer."""
        return await self._await(kind(next(self._ids), run, **facts), ANSWERING)

    async def _await(self, asked: Asked, patience: float) -> Answer:
        if not self.is_ready or self._writer is None:
            raise Unavailable("The worker of this run is not there. Ask again in a moment.")
        if len(self._asked) >= limits.REQUESTS_WAITING:
            raise Unavailable("This worker has too much to do. Ask again in a moment.")
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._asked[asked.id] = answer
        try:
            async with asyncio.timeout(patience):
                self._write(self._writer, asked)
                return await answer
        except TimeoutError as problem:
            raise Unavailable(
                "The worker did not answer in time. Ask again in a moment."
            ) from problem
        finally:
            del self._asked[asked.id]

    async def analyse(
        self, run: str, question: bytes, told: Callable[[dict[str, Any]], None]
    ) -> Answer:
        """Have something worked out; `told` hears the parts. Who no longer waits ends the work."""
        number = next(self._ids)
        self._told[number] = told
        try:
            return await self._await(Analyse(number, run, question), ANALYSING)
        except BaseException:
            if self._writer is not None:
                self._write(self._writer, Abandon(number))
            raise
        finally:
            del self._told[number]

    def note(self, note: Note) -> None:
        """Tell it something that is not answered."""
        if self._writer is not None:
            self._write(self._writer, note)

    def hang_up(self) -> None:
        """Close the socket: the worker ends at once."""
        if self._writer is not None:
            self._writer.transport.abort()

    def _write(self, writer: asyncio.StreamWriter, message: Spoken) -> None:
        """Queue a message; who leaves too much of them unread is given up."""
        writer.write(protocol.pack(message))
        if writer.transport.get_write_buffer_size() > limits.UNREAD_BYTES:
            LOGGER.error("worker %s reads nothing", self.index)
            writer.transport.abort()

    async def _listen(self, reader: asyncio.StreamReader) -> str:
        """Take messages until the last; say why no more come."""
        patience = WARMING
        try:
            while True:
                async with asyncio.timeout(patience):
                    length = protocol.length(await reader.readexactly(LENGTH))
                    body = await reader.readexactly(length)
                self._take(protocol.FROM_WORKER.decode(body))
                patience = SILENCE
        except (asyncio.IncompleteReadError, ConnectionError) as problem:
            return str(problem) if isinstance(problem, ChannelError) else "the process ended"
        except TimeoutError:
            return f"no sign of life for {patience:.0f} seconds"
        except msgspec.DecodeError as problem:
            return f"a message that is none: {problem}"

    def _take(self, message: FromWorker) -> None:
        match message:
            case Answer():
                waiting = self._asked.get(message.id)
                if waiting is not None and not waiting.done():
                    waiting.set_result(message)
            case Part():
                told = self._told.get(message.id)
                if told is not None:
                    told(message.facts)
            case Refusal():
                waiting = self._asked.get(message.id)
                if waiting is not None and not waiting.done():
                    waiting.set_exception(Refused(message.code, message.sentence, **message.values))
            case Ready():
                if not self.ready.done():
                    self.ready.set_result(message)
            case Beat():
                self.pulse = message
            case _:
                self._hear(self, message)

    def _hang_up(self) -> None:
        self.hang_up()
        self._writer = None
        self.ready.cancel()
        for waiting in self._asked.values():
            if not waiting.done():
                waiting.set_exception(Unavailable("The worker of this run has ended."))

    async def _collect(self, stream: asyncio.StreamReader | None) -> None:
        """Pass on what the process writes to stderr, whole lines together."""
        unread = b""
        while stream is not None and (text := await stream.read(4096)):
            lines, _, unread = (unread + text)[-limits.STDERR_BYTES :].rpartition(b"\n")
            if lines:
                LOGGER.warning("worker %s: %s", self.index, lines.decode("utf-8", "replace"))


def _environment() -> dict[str, str]:
    """What a worker may know of the server's environment: where programs are, never secrets."""
    passed = {
        name: value
        for name, value in os.environ.items()
        if name in PASSED_ON or name.startswith(PASSED_ON_FAMILIES)
    }
    return {**passed, "OMP_NUM_THREADS": "1"}


async def _end(process: asyncio.subprocess.Process, patience: float) -> int:
    """Wait for a process whose socket is closed, and kill it if it does not end."""
    try:
        async with asyncio.timeout(patience):
            return await process.wait()
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        return await process.wait()
