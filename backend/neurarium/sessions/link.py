"""One worker process as the web process sees it: launched, asked, listened to, watched, and ended."""

import asyncio
import itertools
import logging
import os
import signal
import socket
import tempfile
from collections.abc import Callable
from typing import Any

import msgspec

from neurarium.sessions import limits, protocol, vigil
from neurarium.sessions.complaints import Complaints
from neurarium.sessions.errors import Refused, Unavailable
from neurarium.sessions.launch import Ends, Launcher, Process
from neurarium.sessions.protocol import (
    LENGTH,
    Abandon,
    Analyse,
    Answer,
    Asked,
    Beat,
    Captured,
    ChannelError,
    FromWorker,
    Note,
    Part,
    Ready,
    Refusal,
    Spoken,
)
from neurarium.sessions.slip import Slip
from neurarium.sessions.vigil import Vigil

LOGGER = logging.getLogger(__name__)
WARMING = 120.0
"""Seconds until a new process must have said hello: torch alone may take many on a busy machine."""
ANSWERING = 30.0
"""Seconds until a request is given up."""
ANALYSING = 180.0
"""Seconds until an analysis is given up: others take turns with it."""
LEAVING = 2.0
"""Seconds that a worker has to end by itself."""


class Link:
    """A worker process and the socket to it."""

    def __init__(
        self,
        index: int,
        device: str,
        hear: "Callable[[Link, FromWorker], None]",
        launcher: Launcher,
    ) -> None:
        loop = asyncio.get_running_loop()
        self.index = index
        self.ready: asyncio.Future[Ready] = loop.create_future()
        self.pulse: Beat | None = None
        """What the worker told of itself last."""
        self.turn = ""
        """Whose turn it was when the worker ended, if anybody's."""
        self.is_dismissed = False
        """Whether we have let it go: its end is nobody's fault."""
        self._wanted = device
        self._hear = hear
        self._launcher = launcher
        self._vigil = Vigil(loop.time())
        self._ids = itertools.count(1)
        self._asked: dict[int, asyncio.Future[Answer]] = {}
        self._told: dict[int, Callable[[dict[str, Any]], None]] = {}
        """Who hears the parts of an answer."""
        self._writer: asyncio.StreamWriter | None = None
        self._is_hung_up = False

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
        with tempfile.TemporaryFile() as page:
            slip = Slip(os.dup(page.fileno()))
            try:
                return await self._run(slip, page.fileno())
            finally:
                self.turn = slip.read()
                slip.close()

    async def _run(self, slip: Slip, page: int) -> str:
        ours, theirs = socket.socketpair()
        complaints = Complaints(f"worker {self.index}")
        try:
            with theirs:
                ends = Ends(theirs.fileno(), complaints.theirs, page)
                process = await self._launcher.launch(self.index, self._wanted, ends)
        except Unavailable as problem:
            ours.close()
            return str(problem)
        finally:
            complaints.given()
        reader, self._writer = await asyncio.open_connection(sock=ours)
        if self._is_hung_up:  # while it was made
            self.hang_up()
        try:
            reason = await self._attend(reader, process)
        finally:
            self._hang_up()
            code = await _end(process, LEAVING)
            await complaints.close()
        LOGGER.info("worker %s ended: %s, exit code %s", self.index, reason, code)
        return reason if code is None else f"{reason} (exit code {code})"

    async def ask(
        self, kind: type[Asked], run: str, *, patience: float | None = None, **facts: Any
    ) -> Answer:
        """Ask something about a run; Refused or Unavailable if there is no answer."""
        return await self._await(kind(next(self._ids), run, **facts), patience or ANSWERING)

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

    def note(self, note: Note | Captured) -> None:
        """Tell it something that is not answered."""
        if self._writer is not None:
            self._write(self._writer, note)

    def dismiss(self) -> None:
        """Let the worker go; it ends at once."""
        self.is_dismissed = True
        self.hang_up()

    def hang_up(self) -> None:
        """Close the socket: the worker ends at once."""
        self._is_hung_up = True
        if self._writer is not None:
            self._writer.transport.abort()

    def _write(self, writer: asyncio.StreamWriter, message: Spoken) -> None:
        """Queue a message; who leaves too much of them unread is given up."""
        writer.write(protocol.pack(message))
        if writer.transport.get_write_buffer_size() > limits.UNREAD_BYTES:
            LOGGER.error("worker %s reads nothing", self.index)
            writer.transport.abort()

    async def _attend(self, reader: asyncio.StreamReader, process: Process) -> str:
        """Listen and watch until either finds that there is nothing more to expect; say what."""
        listening = asyncio.create_task(self._listen(reader))
        watching = asyncio.create_task(self._watch(process))
        try:
            done, _ = await asyncio.wait((listening, watching), return_when=asyncio.FIRST_COMPLETED)
            return done.pop().result()
        finally:
            for task in (listening, watching):
                task.cancel()
            await asyncio.gather(listening, watching, return_exceptions=True)

    async def _listen(self, reader: asyncio.StreamReader) -> str:
        """Take messages until the last; say why no more come."""
        loop = asyncio.get_running_loop()
        try:
            while True:
                length = protocol.length(await reader.readexactly(LENGTH))
                message = protocol.FROM_WORKER.decode(await reader.readexactly(length))
                self._vigil.heard(loop.time())
                self._take(message)
        except (asyncio.IncompleteReadError, ConnectionError) as problem:
            return str(problem) if isinstance(problem, ChannelError) else "the process ended"
        except msgspec.DecodeError as problem:
            return f"a message that is none: {problem}"

    async def _watch(self, process: Process) -> str:
        """Look at the process until it is hung; say in what way, and ask it to end."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(WARMING):
                await asyncio.shield(self.ready)
        except TimeoutError:
            return f"not warm after {WARMING:.0f} seconds"
        while True:
            await asyncio.sleep(vigil.LOOK)
            reason = self._vigil.judge(loop.time(), vigil.look_at(process.pid))
            if reason is not None:
                process.signal(signal.SIGTERM)
                return reason

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
                self._vigil.step = message.step
            case _:
                self._hear(self, message)

    def _hang_up(self) -> None:
        self.hang_up()
        self._writer = None
        self.ready.cancel()
        for waiting in self._asked.values():
            if not waiting.done():
                waiting.set_exception(Unavailable("The worker of this run has ended."))


async def _end(process: Process, patience: float) -> int | None:
    """Wait for a process whose socket is closed, and kill it if it does not end."""
    try:
        async with asyncio.timeout(patience):
            return await process.wait()
    except TimeoutError:
        process.signal(signal.SIGKILL)
        return await process.wait()
