"""The fork server as the web process sees it: asked for workers, listened to, and replaced when it dies."""

import asyncio
import itertools
import logging
import os
import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import msgspec

from neurarium.sessions import fork_protocol, protocol
from neurarium.sessions.complaints import Complaints
from neurarium.sessions.errors import Unavailable
from neurarium.sessions.fork_protocol import Born, Ended, Fork, FromForkServer, Warm
from neurarium.sessions.launch import Ends, Process, Spawned, start
from neurarium.sessions.protocol import LENGTH

LOGGER = logging.getLogger(__name__)
WARMING = 120.0
"""Seconds until it must be warm: torch alone may take many on a busy machine."""
FORKING = 10.0
"""Seconds after which a fork server that has not forked is taken for hung."""
TELLING = 0.5
"""Seconds for it to tell how a worker ended that is known to have."""
LEAVING = 2.0


class Forked:
    """Makes workers by asking for them. Those that are there go on when the fork server dies."""

    def __init__(self, device: str) -> None:
        self._wanted = device
        self._cold = Spawned()
        self._lock = asyncio.Lock()
        self._renewing: asyncio.Task[ForkServer] | None = None
        self._is_stopping = False
        self.server: ForkServer | None = None

    async def launch(self, index: int, device: str, ends: Ends) -> Process:
        """Have one forked; where there is a card after all, start it cold."""
        server = await self._living()
        try:
            async with asyncio.timeout(WARMING):
                warm = await asyncio.shield(server.warm)
            if warm.device != "cpu":
                return await self._cold.launch(index, device, ends)
            async with asyncio.timeout(FORKING):
                return await server.fork(index, device, ends)
        except TimeoutError as problem:
            server.kill()
            raise Unavailable("The process that makes workers does not answer.") from problem

    async def stop(self) -> None:
        """End the fork server."""
        self._is_stopping = True
        if self._renewing is not None:
            await asyncio.wait([self._renewing], timeout=LEAVING)
        if self.server is not None:
            await self.server.stop()

    async def _living(self) -> "ForkServer":
        """The fork server; a new one where the last has ended."""
        async with self._lock:
            if self._is_stopping:
                raise Unavailable("The server ends.")
            if self.server is None or self.server.is_over:
                self.server = await ForkServer.start(self._wanted, self._ended)
            return self.server

    def _ended(self, server: "ForkServer") -> None:
        """Replace one that has worked before anybody asks for it; one that never did would never do."""
        if server.was_warm and not self._is_stopping:
            LOGGER.error("the process that makes workers is replaced")
            self._renewing = asyncio.create_task(self._living())


class ForkServer:
    """One fork server, from its start to its end."""

    def __init__(
        self,
        process: asyncio.subprocess.Process,
        control: socket.socket,
        complaints: Complaints,
        over: "Callable[[ForkServer], None]",
    ) -> None:
        loop = asyncio.get_running_loop()
        self.warm: asyncio.Future[Warm] = loop.create_future()
        self.pid = process.pid
        self._process, self._control, self._complaints = process, control, complaints
        self._over = over
        self._ids = itertools.count(1)
        self._asked: dict[int, asyncio.Future[Process]] = {}
        self._children: dict[int, ForkedProcess] = {}
        self._is_over = False
        self._listening = asyncio.create_task(self._listen())

    @classmethod
    async def start(cls, device: str, over: "Callable[[ForkServer], None]") -> "ForkServer":
        """Start one; it is warm some seconds later. `over` is told its end."""
        ours, theirs = socket.socketpair()
        complaints = Complaints("the fork server")
        with theirs:
            process = await start(
                "neurarium.sessions.forkserver",
                (theirs.fileno(), device),
                (theirs.fileno(),),
                complaints.theirs,
            )
        complaints.given()
        return cls(process, ours, complaints, over)

    @property
    def is_over(self) -> bool:
        """Whether another has to be started."""
        return self._is_over

    @property
    def was_warm(self) -> bool:
        """Whether it has ever been ready to fork."""
        return self.warm.done() and self.warm.exception() is None

    async def fork(self, index: int, device: str, ends: Ends) -> Process:
        """Have a worker made."""
        number = next(self._ids)
        born: asyncio.Future[Process] = asyncio.get_running_loop().create_future()
        self._asked[number] = born
        message = protocol.pack(Fork(number, index, device))
        try:
            if self.is_over:
                raise ConnectionError("the fork server has ended")
            socket.send_fds(self._control, [message], [ends.connection, ends.complaints, ends.slip])
            return await born
        except (ConnectionError, BlockingIOError) as problem:
            raise Unavailable("The process that makes workers has ended.") from problem
        finally:
            del self._asked[number]

    def kill(self) -> None:
        """End it at once."""
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.kill()

    async def stop(self) -> None:
        """Hang up, and see it end."""
        if not self._is_over:
            self._control.shutdown(socket.SHUT_RDWR)
        await asyncio.wait([self._listening], timeout=2 * LEAVING)

    async def _listen(self) -> None:
        """Take what it says until its end."""
        reader, writer = await asyncio.open_connection(sock=self._control.dup())
        try:
            while True:
                length = protocol.length(await reader.readexactly(LENGTH))
                self._take(fork_protocol.FROM_FORK_SERVER.decode(await reader.readexactly(length)))
        except (asyncio.IncompleteReadError, ConnectionError) as problem:
            LOGGER.info("the fork server says no more: %s", problem)
        except msgspec.DecodeError as problem:
            LOGGER.error("the fork server says what is no message: %s", problem)
        finally:
            writer.transport.abort()
            self._control.close()
            self._give_up()
        try:
            async with asyncio.timeout(LEAVING):
                code = await self._process.wait()
        except TimeoutError:
            self.kill()
            code = await self._process.wait()
        await self._complaints.close()
        LOGGER.info("the fork server ended with exit code %s", code)

    def _take(self, message: FromForkServer) -> None:
        match message:
            case Warm():
                self.warm.set_result(message)
            case Born():
                child = ForkedProcess(message.pid)
                self._children[message.pid] = child
                born = self._asked.get(message.id)
                if born is not None and not born.done():
                    born.set_result(child)
                else:
                    child.signal(signal.SIGKILL)  # nobody waits for it any more
            case Ended():
                ended = self._children.pop(message.pid, None)
                if ended is not None and not ended.code.done():
                    ended.code.set_result(message.code)

    def _give_up(self) -> None:
        problem = Unavailable("The process that makes workers has ended.")
        self._is_over = True
        self._over(self)
        unanswered: list[asyncio.Future[Any]] = [self.warm, *self._asked.values()]
        for waiting in unanswered:
            if not waiting.done():
                waiting.set_exception(problem)
                waiting.exception()  # read here, as perhaps nobody else does


class ForkedProcess:
    """A process that the fork server made. The kernel's own handle tells its end, whoever reaps it."""

    def __init__(self, pid: int) -> None:
        loop = asyncio.get_running_loop()
        self.pid = pid
        self.code: asyncio.Future[int] = loop.create_future()
        self._gone = asyncio.Event()
        try:
            self._handle = os.pidfd_open(pid)
            loop.add_reader(self._handle, self._end)
        except ProcessLookupError:
            self._gone.set()

    def signal(self, number: int) -> None:
        """Send it a signal."""
        if not self._gone.is_set():
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._handle, number)

    async def wait(self) -> int | None:
        """Wait for its end; how it ended is known if the fork server lives to tell."""
        await self._gone.wait()
        await asyncio.wait([self.code], timeout=TELLING)
        return self.code.result() if self.code.done() else None

    def _end(self) -> None:
        asyncio.get_running_loop().remove_reader(self._handle)
        os.close(self._handle)
        self._gone.set()
