"""How a worker process comes to be: forked from a warm one, or started cold where forking is not safe."""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

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


@dataclass(frozen=True)
class Ends:
    """The descriptors that a new worker is given. Who launches it leaves them open."""

    connection: int
    complaints: int
    slip: int


class Process(Protocol):
    """A worker process."""

    pid: int

    def signal(self, number: int) -> None:
        """Send it a signal; nothing happens once it has ended."""

    async def wait(self) -> int | None:
        """Wait for its end; its exit code, negative for a signal, None where nobody can tell."""


class Launcher(Protocol):
    """A way to make workers."""

    async def launch(self, index: int, device: str, ends: Ends) -> Process:
        """Make one, or raise Unavailable."""

    async def stop(self) -> None:
        """Make no more, and leave nothing behind but the workers."""


class Spawn:
    """A process started by this one."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.pid = process.pid

    def signal(self, number: int) -> None:
        """Send it a signal."""
        with suppress(ProcessLookupError):
            self._process.send_signal(number)

    async def wait(self) -> int | None:
        """Wait for its end."""
        return await self._process.wait()


class Spawned:
    """Each worker begins with an empty Python."""

    async def launch(self, index: int, device: str, ends: Ends) -> Process:
        """Start `python -m neurarium.sessions.worker`."""
        return Spawn(
            await start(
                "neurarium.sessions.worker",
                (ends.connection, ends.slip, index, device),
                (ends.connection, ends.slip),
                ends.complaints,
            )
        )

    async def stop(self) -> None:
        """Nothing is left over."""


async def start(
    module: str, arguments: tuple[int | str, ...], passed: tuple[int, ...], stderr: int
) -> asyncio.subprocess.Process:
    """Start a module of ours in a Python of its own, which knows no secrets."""
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", module, *map(str, arguments)),
        pass_fds=passed,
        stdin=DEVNULL,
        stdout=DEVNULL,
        stderr=stderr,
        env=environment(),
    )


def environment() -> dict[str, str]:
    """What a worker may know of the server's environment: where programs are, never secrets."""
    passed = {
        name: value
        for name, value in os.environ.items()
        if name in PASSED_ON or name.startswith(PASSED_ON_FAMILIES)
    }
    # Asked in the usual way, CUDA opens the cards to count them; after that, forking is not safe.
    return {**passed, "OMP_NUM_THREADS": "1", "PYTORCH_NVML_BASED_CUDA_CHECK": "1"}
