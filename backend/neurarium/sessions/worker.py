"""A worker process: it says hello, trains runs in turns, and ends with its socket.

    python -m neurarium.sessions.worker SOCKET SLIP INDEX DEVICE

so where forking is not safe; else the fork server becomes one. Single-threaded but for one guard,
which sleeps until the other end of the socket hangs up.
"""

import gc
import logging
import os
import select
import signal
import socket
import sys
import threading
import time

from neurarium.sessions.channel import Channel
from neurarium.sessions.confinement import ANALYST, confine
from neurarium.sessions.protocol import ChannelError, Ready
from neurarium.sessions.slip import Slip

LOGGER = logging.getLogger(__name__)
FORMAT = "%(levelname)s %(name)s: %(message)s"
LOST = 75
"""Exit code: the server has gone, or what it says makes no sense."""
GRACE = 0.2


def main() -> None:
    """Be a worker that starts cold."""
    connection, slip, index = (int(argument) for argument in sys.argv[1:4])
    logging.basicConfig(level=logging.WARNING, format=FORMAT)
    sys.exit(serve(connection, slip, index, sys.argv[4], is_cold=True))


def serve(connection: int, slip: int, index: int, wanted: str, *, is_cold: bool = False) -> int:
    """Guard the socket from the first moment, then let torch in; return the exit code."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which ends its workers
    threading.Thread(target=_end_with, args=(connection,), daemon=True).start()
    try:
        work(socket.socket(fileno=connection), Slip(slip), index, wanted, is_cold=is_cold)
    except ChannelError as problem:
        LOGGER.info("ending: %s", problem)
    return LOST


def work(connection: socket.socket, slip: Slip, index: int, wanted: str, *, is_cold: bool) -> None:
    """Warm up where that is not done, say hello, and work until the socket ends."""
    if is_cold:
        gc.disable()  # nothing that is loaded now is garbage
    import torch

    from neurarium.sessions import warm
    from neurarium.sessions.ahead import Ahead
    from neurarium.sessions.governor import Governor
    from neurarium.sessions.shift import Shift
    from neurarium.training.device import THREADS, choose

    torch.set_num_threads(THREADS)
    kind = choose(wanted).type
    devices = torch.cuda.device_count() if kind == "cuda" else 1
    device = f"cuda:{index % devices}" if kind == "cuda" else kind
    if is_cold:
        warm.up(device)
        gc.collect()
        gc.freeze()
        gc.enable()
    confine(cpu=kind == "cpu", index=index)
    channel = Channel(connection)
    channel.send(Ready(device, devices, str(torch.__version__), os.getpid()))
    ahead = Ahead() if index == ANALYST else None
    Shift(channel, device, Governor(), slip, ahead).run()


def _end_with(descriptor: int) -> None:
    """Sleep until the other end hangs up, then end the process, be it in the middle of a long step."""
    poll = select.poll()
    poll.register(descriptor, 0)  # a hang-up is always told
    poll.poll()
    time.sleep(GRACE)  # usually the loop sees it first, and ends in good order
    os._exit(LOST)


if __name__ == "__main__":
    main()
