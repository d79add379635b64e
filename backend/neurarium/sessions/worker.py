"""A worker process: it warms up, says hello, trains runs in turns, and ends with its socket.

    python -m neurarium.sessions.worker FD INDEX DEVICE

Single-threaded but for one guard, which sleeps until the other end of the socket hangs up.
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
from neurarium.sessions.protocol import ChannelError, Ready

LOGGER = logging.getLogger(__name__)
NICENESS = 10
LOST = 75
"""Exit code: the server has gone, or what it says makes no sense."""
GRACE = 0.2


def main() -> None:
    """Guard the socket from the first moment, then let torch in."""
    descriptor, index, wanted = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which ends its workers
    os.nice(NICENESS)
    connection = socket.socket(fileno=descriptor)
    threading.Thread(target=_end_with, args=(descriptor,), daemon=True).start()
    try:
        work(connection, index, wanted)
    except ChannelError as problem:
        LOGGER.info("ending: %s", problem)
        sys.exit(LOST)


def work(connection: socket.socket, index: int, wanted: str) -> None:
    """Warm up, say hello, and work until the socket ends."""
    import torch

    from neurarium.sessions import warm
    from neurarium.sessions.governor import Governor
    from neurarium.sessions.shift import Shift
    from neurarium.training.device import THREADS, choose

    torch.set_num_threads(THREADS)
    kind = choose(wanted).type
    devices = torch.cuda.device_count() if kind == "cuda" else 1
    device = f"cuda:{index % devices}" if kind == "cuda" else kind
    warm.up(device)
    gc.collect()
    gc.freeze()
    channel = Channel(connection)
    channel.send(Ready(device, devices, str(torch.__version__), os.getpid()))
    Shift(channel, device, Governor()).run()


def _end_with(descriptor: int) -> None:
    """Sleep until the other end hangs up, then end the process, be it in the middle of a long step."""
    poll = select.poll()
    poll.register(descriptor, 0)  # a hang-up is always told
    poll.poll()
    time.sleep(GRACE)  # usually the loop sees it first, and ends in good order
    os._exit(LOST)


if __name__ == "__main__":
    main()
