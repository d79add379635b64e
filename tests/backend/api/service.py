"""A real server in a process of its own, with real workers."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import httpx

from neurarium.client import Client

START_SECONDS = 90.0


@dataclass
class Service:
    """A server that runs."""

    url: str
    folder: Path
    process: "subprocess.Popen[str]"

    @property
    def token(self) -> str:
        """The token of scripts."""
        return (self.folder / "token").read_text().strip()

    @property
    def live(self) -> str:
        """Address of the socket."""
        return self.url.replace("http", "ws", 1) + "/api/v1/live"

    @property
    def headers(self) -> dict[str, str]:
        """What a script sends along."""
        return {"Authorization": f"Bearer {self.token}"}

    @cached_property
    def shared(self) -> Client:
        """One client for everybody; it ends with the server."""
        return Client(self.url, self.token)

    def client(self) -> Client:
        """Speak with it."""
        return self.shared

    def raw(self) -> httpx.Client:
        """Speak HTTP with it."""
        return httpx.Client(base_url=self.url, headers=self.headers, timeout=30)

    @property
    def memory(self) -> int:
        """Resident bytes of the web process."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1]) * 1024


def command(folder: Path, *arguments: str) -> list[str]:
    """Write the command that starts a server."""
    serve = [sys.executable, "-m", "neurarium", "serve", "--port", "0", "--workers", "1"]
    return [*serve, "--device", "cpu", "--data", str(folder), *arguments]


@contextmanager
def service(folder: Path, *arguments: str) -> Iterator[Service]:
    """Start a server, wait until it can train, and stop it at the end."""
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            command(folder, *arguments), stdout=subprocess.PIPE, stderr=log, text=True
        )
    assert process.stdout is not None
    try:
        words = process.stdout.readline().split()
        url = next(word for word in words if word.startswith("http")).partition("?")[0].rstrip("/")
        wait_until_ready(url, process)
        running = Service(url, folder, process)
        with running.shared:
            yield running
    finally:
        process.terminate()
        process.wait(timeout=20)
        process.stdout.close()


def wait_until_ready(url: str, process: "subprocess.Popen[str]") -> None:
    """Wait for the first worker."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(httpx.TransportError):  # it has other things to do
            if httpx.get(f"{url}/readyz").status_code == 200:
                return
        time.sleep(0.1)
    raise AssertionError("the server did not become ready")
