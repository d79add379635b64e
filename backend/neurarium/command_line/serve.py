"""`neurarium serve`: the page and the service."""

import argparse
import asyncio
import contextlib
import gc
import logging
import secrets
import signal
import socket
import sqlite3
import sys
from pathlib import Path
from typing import Any

import uvicorn

from neurarium.api.app import create_app
from neurarium.api.doors.host import LOOPBACK
from neurarium.api.folder import FolderInUseError, data_folder, locked
from neurarium.api.protocols import RequestProtocol, SocketProtocol
from neurarium.api.settings import Settings
from neurarium.sessions.store.database import Database, StoreError
from neurarium.sessions.store.rebuild import rebuild

PORT = 8000
SEND_BUFFER = 128 * 1024
"""Bytes that the system may hold back for a page that does not read: pictures in it would be old ones."""
MAXIMUM_MESSAGE = 64 * 1024
STOP_SECONDS = 3
COLLECTED = (10_000, 10, 100)
"""New objects after which young garbage is collected, and how often that is until older garbage is."""
PUBLIC = (
    "Neurarium does not serve the open internet by itself: without TLS everybody on the way could read and change "
    "what is sent. Put a proxy with TLS in front of it, on this computer, and start it without --public."
)


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "serve", help="start the page and the service", description=__doc__
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen at (127.0.0.1)")
    parser.add_argument(
        "--port", type=int, default=PORT, help=f"port to listen at ({PORT}); 0: any that is free"
    )
    parser.add_argument(
        "--lan", action="store_true", help="let other computers in that have the printed link"
    )
    parser.add_argument("--public", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument(
        "--name", action="append", default=[], help="a further host name to answer to; repeatable"
    )
    parser.add_argument(
        "--workers", type=int, default=0, help="worker processes (0: one for each core or card)"
    )
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1, mps")
    parser.add_argument("--data", type=Path, help="data folder (NEURARIUM_DATA, or the system's)")
    parser.add_argument(
        "--restore",
        action="store_true",
        help="put the last whole copy of the database in the place of a damaged one, find runs that it does not know "
        "by their checkpoints, then start",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Serve until the command is stopped."""
    if args.public:
        return refused(PUBLIC)
    folder = data_folder(args.data)
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(locked(folder))
        except FolderInUseError as other:
            return refused(
                f"Another Neurarium (process {other}) works on {folder}. Stop it, or choose --data."
            )
        except OSError as error:
            return refused(f"The data folder {folder} cannot be used: {error.strerror}.")
        try:
            prepare(folder, restore=args.restore)
        except StoreError as error:
            return refused(str(error))
        host = "0.0.0.0" if args.lan else args.host  # noqa: S104 - asked for
        try:
            listener = stack.enter_context(listen(host, args.port))
        except OSError as error:
            return refused(f"Nothing can listen at {host}, port {args.port}: {error.strerror}.")
        settings = settings_of(args, folder, host, listener.getsockname()[1])
        return serve(settings, listener)


def prepare(folder: Path, *, restore: bool) -> None:
    """Look the stored data over, or raise StoreError."""
    database = Database(folder)
    if restore:
        copy = database.restore()
        told = f"the copy {copy}" if copy else "an empty one, as there is no copy"
        sys.stdout.write(f"The database is now {told}.\n")
    database.prepare()
    if restore and (found := rebuild(database)):
        sys.stdout.write(f"{found} runs that it does not know begin at their last checkpoints.\n")


def refused(sentence: str) -> int:
    """Say why the server does not start."""
    sys.stderr.write(sentence + "\n")
    return 2


def listen(host: str, port: int) -> socket.socket:
    """Open the listening socket; the connections that it takes inherit its small buffer."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener


def settings_of(args: argparse.Namespace, folder: Path, host: str, port: int) -> Settings:
    """Put together what the server is told. Whoever comes from another computer needs a link with a secret."""
    return Settings(
        data=folder,
        host=host,
        port=port,
        names=frozenset(args.name),
        link=None if host in LOOPBACK else secrets.token_urlsafe(16),
        workers=args.workers,
        device=args.device,
    )


def address(settings: Settings) -> str:
    """Write the address to open."""
    host = settings.host
    if host in ("0.0.0.0", "::"):  # noqa: S104 - compared only
        host = own_address()
    host = f"[{host}]" if ":" in host else host
    key = f"?key={settings.link}" if settings.link else ""
    return f"http://{host}:{settings.port}/{key}"


def own_address() -> str:
    """Find the address under which other computers reach this one; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])


class Server(uvicorn.Server):
    """uvicorn, which says where it listens as soon as it does."""

    def __init__(self, config: uvicorn.Config, greeting: str) -> None:
        super().__init__(config)
        self.greeting = greeting

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to listen, then say so."""
        await super().startup(sockets)
        # The collector of garbage stops everybody: it need not visit what is loaded for good, nor all the rest often.
        gc.freeze()
        gc.set_threshold(*COLLECTED)
        if self.started:
            sys.stdout.write(self.greeting + "\n")
            sys.stdout.flush()


def serve(settings: Settings, listener: socket.socket) -> int:
    """Run the server in this process."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message).2000s")
    config = uvicorn.Config(
        create_app(settings),
        http=RequestProtocol,
        ws=SocketProtocol,
        ws_max_size=MAXIMUM_MESSAGE,
        ws_ping_interval=20,
        ws_ping_timeout=20,
        ws_per_message_deflate=False,
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=STOP_SECONDS,
        lifespan="on",
    )
    # uvicorn raises the signal that has stopped it once more: the command then ends in good order.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    kept = f"Runs are kept in {settings.data.absolute()} (SQLite {sqlite3.sqlite_version})"
    greeting = f"Neurarium is ready: {address(settings)}\n{kept}"
    with (
        contextlib.suppress(KeyboardInterrupt),
        asyncio.Runner(loop_factory=config.get_loop_factory()) as runner,
    ):
        runner.run(Server(config, greeting).serve([listener]))
    return 0
