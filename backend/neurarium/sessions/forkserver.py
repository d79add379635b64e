"""A process that has torch warm and makes workers of itself: one that is forked trains after some 40 ms.

    python -m neurarium.sessions.forkserver FD DEVICE

It stays single-threaded and never opens a graphics card: neither threads nor cards survive a fork.
Each request brings the descriptors of the worker's socket, of its complaints and of its slip. What
becomes of a worker is told as soon as it ends. Workers do not depend on this process: each lives
until the other end of its own socket hangs up.
"""

import fcntl
import gc
import logging
import os
import select
import signal
import socket
import sys
import threading
from pathlib import Path
from typing import NoReturn

from neurarium.sessions import fork_protocol, protocol
from neurarium.sessions.fork_protocol import DESCRIPTORS, Born, Ended, Fork, Warm
from neurarium.sessions.protocol import LENGTH, Spoken
from neurarium.sessions.worker import FORMAT, LOST, serve

LOGGER = logging.getLogger(__name__)
UNSAFE = 70
"""Exit code: something has started a thread here, so that no child would be sound."""
READ = 64 * 1024
BROKEN = 1


class ForkServer:
    """The loop: read requests, fork, and reap."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._read = bytearray()
        self._descriptors: list[int] = []
        self._wake, wake = os.pipe()
        for end in (self._wake, wake):
            os.set_blocking(end, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)

    def send(self, message: Spoken) -> None:
        """Tell the web process something."""
        self._control.sendall(protocol.pack(message))

    def run(self) -> None:
        """Fork and reap until the web process hangs up."""
        while True:
            control = self._control.fileno()
            readable, _, _ = select.select([control, self._wake], [], [])
            if self._wake in readable:
                os.read(self._wake, READ)
                self._reap()
            if control in readable and not self._receive():
                return

    def _receive(self) -> bool:
        """Take requests; False once there will be no more."""
        data, descriptors, _, _ = socket.recv_fds(self._control, READ, 8 * DESCRIPTORS)
        self._read += data
        self._descriptors += descriptors
        while len(self._read) >= LENGTH:
            end = LENGTH + protocol.length(bytes(self._read[:LENGTH]))
            if len(self._read) < end:
                break
            request = fork_protocol.TO_FORK_SERVER.decode(bytes(self._read[LENGTH:end]))
            del self._read[:end]
            given, self._descriptors = (
                self._descriptors[:DESCRIPTORS],
                self._descriptors[DESCRIPTORS:],
            )
            self._fork(request, given)
        return bool(data)

    def _fork(self, request: Fork, descriptors: list[int]) -> None:
        if threads() > 1:
            LOGGER.error("there are %s threads here: forking is not safe", threads())
            sys.exit(UNSAFE)
        pid = os.fork()
        if not pid:
            self._become_worker(request, descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        self.send(Born(request.id, pid))

    def _become_worker(self, request: Fork, descriptors: list[int]) -> NoReturn:
        """Be a worker until the end of this process; nothing of the loop's is left."""
        code = BROKEN
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            self._control.close()
            connection, complaints, slip = descriptors
            os.dup2(complaints, sys.stderr.fileno())
            os.close(complaints)
            code = serve(connection, slip, request.index, request.device)
        except BaseException:
            LOGGER.exception("a worker ended by accident")
        finally:
            os._exit(code)

    def _reap(self) -> None:
        """Tell of each worker that has ended."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            self.send(Ended(pid, os.waitstatus_to_exitcode(status)))


def threads() -> int:
    """Count the threads of this process, those of libraries included where the system tells."""
    tasks = Path("/proc/self/task")
    return len(list(tasks.iterdir())) if tasks.exists() else threading.active_count()


def main() -> None:
    """Warm up, say so, and fork."""
    control, wanted = socket.socket(fileno=int(sys.argv[1])), sys.argv[2]
    logging.basicConfig(level=logging.WARNING, format=FORMAT)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which hangs up
    _end_with(control, wanted=True)
    gc.disable()  # nothing that is loaded now is garbage
    import torch

    from neurarium.sessions import warm
    from neurarium.training.device import THREADS, choose

    torch.set_num_threads(THREADS)
    kind = choose(wanted).type
    if kind == "cpu":
        warm.up(kind)
    gc.collect()
    gc.freeze()
    gc.enable()
    _end_with(control, wanted=False)
    try:
        server = ForkServer(control)
        server.send(Warm(kind, os.getpid()))
        server.run()
    except ConnectionError as problem:
        LOGGER.info("ending: %s", problem)
        sys.exit(LOST)


def _end_with(control: socket.socket, *, wanted: bool) -> None:
    """While nobody reads the socket, let the kernel end this process as soon as the other end hangs up.

    The signal that does it would come for a message as well: none is sent to one that is not warm.
    """
    flags = fcntl.fcntl(control, fcntl.F_GETFL)
    fcntl.fcntl(control, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(control, fcntl.F_SETFL, flags | os.O_ASYNC if wanted else flags & ~os.O_ASYNC)
    if wanted and select.select([control], [], [], 0)[0]:
        sys.exit(LOST)


if __name__ == "__main__":
    main()
