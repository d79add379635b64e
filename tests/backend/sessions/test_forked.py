"""Workers are forked from a warm process: quickly, soundly, and independent of it afterwards."""

import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from neurarium.sessions import fork_protocol, limits, protocol
from neurarium.sessions.control import Play
from neurarium.sessions.forked import Forked, ForkServer
from neurarium.sessions.forkserver import UNSAFE
from neurarium.sessions.launch import Spawned
from neurarium.sessions.placement import launcher
from neurarium.sessions.table import Sessions
from tests.backend.sessions.house import job, one_worker, until

MEMORY = """
from neurarium.sessions import confinement, limits
from neurarium.sessions.protocol import Steer
from tests.backend.sessions.bench import Bench
from tests.backend.sessions.house import job, one_worker
limits.WORKER_BYTES = limits.Limit(200 * 2**20, "", "")
import resource, torch
with Bench() as bench:
    bench.create("good", job())
    bench.create("evil", job())
    good, evil = (bench.shift.desk.trainees[name] for name in ("good", "evil"))
    confinement.confine(cpu=True)
    evil.run.take = lambda *_: torch.ones(10**9)
    for name in ("good", "evil"):
        bench.ask(Steer, name, command=b'{"kind":"play"}')
    bench.wait(lambda: "failed" in bench.states("evil"))
    step = good.run.step
    bench.wait(lambda: good.run.step > step + 50)
    event = next(m for m in bench.heard if getattr(m, "state", None) == "failed")
    print(event.reason, event.values["error"])
"""
THREADED = """
import sys, threading
from neurarium.sessions import forkserver, warm
warm.up = lambda _: threading.Thread(target=threading.Event().wait, daemon=True).start()
forkserver.main()
"""


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def sessions() -> AsyncIterator[Sessions]:
    async with one_worker() as sessions:
        yield sessions


def server_of(sessions: Sessions) -> ForkServer:
    forked = sessions._placement.launcher
    assert isinstance(forked, Forked)
    assert forked.server is not None
    return forked.server


def worker_of(sessions: Sessions) -> int:
    return sessions.links[0].ready.result().pid


def proc(process: int, name: str) -> str:
    return Path(f"/proc/{process}/{name}").read_text()


def status(process: int, name: str) -> str:
    lines = proc(process, "status").splitlines()
    return next(line.split()[1] for line in lines if line.startswith(f"{name}:"))


def private_bytes(process: int) -> int:
    lines = proc(process, "smaps_rollup").splitlines()
    return 1024 * sum(int(line.split()[1]) for line in lines if line.startswith("Private_"))


def bounds(process: int) -> dict[str, int]:
    names = ("AS", "FSIZE", "NOFILE", "CORE")
    return {
        name: resource.prlimit(process, getattr(resource, f"RLIMIT_{name}"))[0] for name in names
    }


@pytest.mark.slow
@pytest.mark.asyncio(loop_scope="module")
async def test_the_fork_server_has_one_thread_and_its_workers_are_its_children(
    sessions: Sessions,
) -> None:
    server, worker = server_of(sessions), worker_of(sessions)
    assert int(status(worker, "PPid")) == server.pid
    assert status(server.pid, "Threads") == "1"
    assert "nvidia" not in proc(server.pid, "maps")


@pytest.mark.asyncio(loop_scope="module")
async def test_a_worker_is_confined_and_shares_most_of_its_memory(sessions: Sessions) -> None:
    worker = worker_of(sessions)
    session = await sessions.create("ada", job())
    await session.command("play", Play())
    await until(lambda: session.step > 50)
    assert private_bytes(worker) < 60e6
    assert proc(worker, "oom_score_adj").strip() == "500"
    assert status(worker, "Umask") == "0077"
    bound = bounds(worker)
    assert bound["FSIZE"] == limits.FILE_BYTES
    assert bound["NOFILE"] == limits.FILES_OPEN
    assert bound["CORE"] == 0
    assert 0 < bound["AS"] < limits.WORKER_BYTES + 4e9
    await sessions.delete("ada", session.id)


@pytest.mark.asyncio(loop_scope="module")
async def test_an_ended_worker_is_told_with_its_exit_status(
    sessions: Sessions, caplog: pytest.LogCaptureFixture
) -> None:
    worker = worker_of(sessions)
    os.kill(worker, signal.SIGKILL)
    await until(lambda: "exit code -9" in caplog.text)
    await until(lambda: sessions.ready)
    assert worker_of(sessions) != worker
    with pytest.raises(ProcessLookupError):  # reaped, no zombie
        os.kill(worker, 0)


@pytest.mark.slow
@pytest.mark.asyncio(loop_scope="module")
async def test_workers_outlive_the_fork_server_and_the_next_ones_come_from_a_new_one(
    sessions: Sessions,
) -> None:
    session = await sessions.create("ada", job())
    await session.command("play", Play())
    server, worker = server_of(sessions), worker_of(sessions)
    os.kill(server.pid, signal.SIGKILL)
    await until(lambda: server_of(sessions) is not server)
    step = session.step
    await until(lambda: session.step > step + 100)
    assert worker_of(sessions) == worker
    os.kill(worker, signal.SIGKILL)
    await until(lambda: sessions.ready and worker_of(sessions) != worker, 60)
    assert int(status(worker_of(sessions), "PPid")) == server_of(sessions).pid
    await sessions.delete("ada", session.id)


@pytest.mark.slow
@pytest.mark.asyncio(loop_scope="module")
async def test_a_fork_server_that_hangs_is_replaced(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("neurarium.sessions.forked.FORKING", 0.5)
    monkeypatch.setattr(limits, "RESTARTS", limits.Limit(50, "", ""))
    server, worker = server_of(sessions), worker_of(sessions)
    os.kill(server.pid, signal.SIGSTOP)
    os.kill(worker, signal.SIGKILL)
    await until(lambda: sessions.ready and worker_of(sessions) != worker, 60)
    assert server_of(sessions) is not server


@pytest.mark.slow
def test_a_fork_server_ends_with_its_server_be_it_warm_or_not() -> None:
    for is_warm in (False, True):
        ours, theirs = socket.socketpair()
        with theirs:
            command = [
                sys.executable,
                "-m",
                "neurarium.sessions.forkserver",
                str(theirs.fileno()),
                "cpu",
            ]
            process = subprocess.Popen(command, pass_fds=[theirs.fileno()])
        while not is_warm and "O_ASYNC" not in flags(process.pid):
            time.sleep(0.005)
        if is_warm:
            ours.recv(1)
        ours.close()
        process.wait(timeout=2)


def flags(process: int) -> str:
    """Say whether a process has a socket that signals."""
    try:
        texts = [path.read_text() for path in Path(f"/proc/{process}/fdinfo").iterdir()]
    except OSError:
        return ""
    numbers = [int(text.split("flags:")[1].split()[0], 8) for text in texts]
    return "O_ASYNC" if any(number & os.O_ASYNC for number in numbers) else ""


@pytest.mark.slow
def test_nothing_is_forked_where_a_thread_has_been_started() -> None:
    """The negative control of the one thread: with a second, the fork server gives up."""
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-c", THREADED, str(theirs.fileno()), "cpu"],
            pass_fds=[theirs.fileno()], stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
    with ours:
        ours.recv(65536)
        page = os.memfd_create("page")
        socket.send_fds(ours, [protocol.pack(fork_protocol.Fork(1, 0, "cpu"))], [page, page, page])
        os.close(page)
        assert ours.recv(65536) == b""
    _, complaint = process.communicate(timeout=10)
    assert process.returncode == UNSAFE
    assert "not safe" in complaint


@pytest.mark.slow
def test_taking_too_much_memory_fails_the_run_and_the_worker_goes_on() -> None:
    done = subprocess.run(
        [sys.executable, "-c", MEMORY], check=True, capture_output=True, text=True, timeout=90
    )
    assert done.stdout.split()[0] == "failed.memory"


def test_who_is_forked_and_who_starts_cold() -> None:
    assert isinstance(launcher("cuda"), Spawned)
    assert isinstance(launcher("mps"), Spawned)
    assert isinstance(launcher("cpu"), Forked) == (sys.platform == "linux")


def test_a_worker_cannot_write_or_open_more_than_it_may(tmp_path: Path) -> None:
    program = f"""
import signal
from pathlib import Path
from neurarium.sessions import confinement, limits
limits.FILE_BYTES, limits.FILES_OPEN = limits.Limit(1000, "", ""), limits.Limit(20, "", "")
confinement.confine(cpu=True)
path = Path({str(tmp_path / "file")!r})
path.write_bytes(bytes(1000))
try:
    path.write_bytes(bytes(1001))
except OSError as problem:
    print(problem.strerror)
files = []
try:
    while len(files) < 40:
        files.append(path.open())
except OSError as problem:
    print(problem.strerror)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.splitlines() == ["File too large", "Too many open files"]
    assert oct((tmp_path / "file").stat().st_mode)[-3:] == "600"
