"""Worker processes die, hang and misbehave; what they trained is told as failed, and all else goes on."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from neurarium.sessions import launch, limits, link, placement
from neurarium.sessions.control import Play, Rewind, Step
from neurarium.sessions.errors import Refused, Unavailable
from neurarium.sessions.link import Link
from neurarium.sessions.session import Session
from neurarium.sessions.table import Sessions
from tests.backend.sessions.house import Spectator, job, probe, until

SERVER = """
import asyncio, sys
from neurarium.sessions.table import Sessions

async def main():
    sessions = Sessions(workers=1, device="cpu")
    await sessions.start()
    while not sessions.ready:
        await asyncio.sleep(0.01)
    print(sessions.links[0].ready.result().pid, flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


@pytest_asyncio.fixture(loop_scope="session")
async def two(shared_forks: None) -> AsyncIterator[Sessions]:
    """Two workers of this test's own."""
    sessions = Sessions(workers=2, device="cpu")
    await sessions.start()
    try:
        await until(lambda: len(ready(sessions)) == 2, 60)
        yield sessions
    finally:
        await sessions.stop()


def ready(sessions: Sessions) -> list[Link]:
    return [link for link in sessions.links if link.is_ready]


def pid(session: Session) -> int:
    assert session.link is not None
    return session.link.ready.result().pid


def fields(process: int) -> list[str]:
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()


def environ(process: int) -> list[bytes]:
    return Path(f"/proc/{process}/environ").read_bytes().split(b"\0")


def is_alive(process: int) -> bool:
    try:
        return fields(process)[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.asyncio(loop_scope="session")
async def test_a_killed_worker_is_replaced_and_other_runs_do_not_notice(two: Sessions) -> None:
    lost, kept = await two.create("ada", job()), await two.create("ada", job())
    assert pid(lost) != pid(kept)
    ada = Spectator()
    lost.watch(ada.viewer)
    for session in (lost, kept):
        await session.command("play", Play())
    await until(lambda: min(lost.step, kept.step) > 200)
    waiting = asyncio.create_task(lost.save())
    os.kill(pid(lost), signal.SIGKILL)
    await until(lambda: lost.state == "failed", 1)
    assert lost.reason == "failed.worker"
    assert "-9" in str(lost.reason_values["detail"])
    await until(lambda: ada.states[-1:] == ["failed"])
    assert [out.record.seq for out in ada.records] == list(range(1, lost.log.head + 1))
    with pytest.raises((Unavailable, Refused)):
        await waiting
    for command in (Play(), Rewind(step=1)):
        with pytest.raises(Refused) as refused:
            await lost.command(f"{command.kind} again", command)
        assert refused.value.code == "run-failed"
    step = kept.step
    await until(lambda: kept.step > step + 200 and kept.state == "running")
    await until(lambda: len(ready(two)) == 2, 30)
    again = await two.create("ada", job())
    assert pid(again) not in (pid(kept), 0)
    await again.command("step", Step(count=3))
    await until(lambda: again.step == 3)
    await two.delete("ada", lost.id)
    await ada.leave()


@pytest.mark.slow
@pytest.mark.asyncio(loop_scope="session")
async def test_a_hung_worker_is_replaced(two: Sessions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "HUNG_SECONDS", limits.Limit(2, "", ""))
    monkeypatch.setattr(link, "LEAVING", 0.2)
    session = await two.create("ada", job())
    await until(lambda: all(link.pulse for link in two.links))
    process = pid(session)
    await asyncio.sleep(0)
    os.kill(process, signal.SIGSTOP)
    await until(lambda: session.state == "failed")
    assert "no sign of life" in str(session.reason_values["detail"])
    await until(lambda: not is_alive(process))
    await until(lambda: len(ready(two)) == 2, 30)


@pytest.mark.asyncio(loop_scope="session")
async def test_requests_to_a_worker_that_does_not_answer_are_bounded(
    two: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "REQUESTS_WAITING", limits.Limit(5, "", ""))
    monkeypatch.setattr(link, "ANSWERING", 1.0)
    session = await two.create("ada", job())
    os.kill(pid(session), signal.SIGSTOP)
    try:
        saves = [session.save() for _ in range(8)]
        answers = await asyncio.gather(*saves, return_exceptions=True)
    finally:
        os.kill(pid(session), signal.SIGCONT)
    texts = [str(answer) for answer in answers if isinstance(answer, Unavailable)]
    assert sum("too much" in text for text in texts) == 3
    assert sum("in time" in text for text in texts) == 5
    await until(lambda: session.link is not None and session.link.pulse)
    assert len((await session.save())[1]) > 100


@pytest.mark.slow
@pytest.mark.asyncio(loop_scope="session")
async def test_a_worker_that_reads_nothing_is_replaced(
    two: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "UNREAD_BYTES", limits.Limit(1000, "", ""))
    monkeypatch.setattr(link, "LEAVING", 0.2)
    session, ada = await two.create("ada", job()), Spectator()
    os.kill(pid(session), signal.SIGSTOP)
    for number in range(10_000):
        session.subscribe(ada.viewer, 1, probe("weight", example=number))
        if session.state == "failed" or session.link is None or not session.link.is_ready:
            break
    await until(lambda: session.state == "failed")
    await ada.leave()


async def test_workers_that_die_again_and_again_wait_for_their_minute(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun = []

    class Stillborn(Link):
        async def run(self) -> str:
            begun.append(time.perf_counter())
            return "stillborn"

    monkeypatch.setattr(placement, "Link", Stillborn)
    monkeypatch.setattr(limits, "RESTART_WINDOW", limits.Limit(1, "", ""))
    sessions = Sessions(workers=1, device="cpu")
    await sessions.start()
    await until(lambda: len(begun) >= 2 * (limits.RESTARTS + 1))
    await sessions.stop()
    first = begun[: limits.RESTARTS + 1]
    assert begun[limits.RESTARTS + 1] - first[0] >= 1
    assert first[-1] - first[0] < begun[limits.RESTARTS + 1] - first[-1]
    with pytest.raises(Unavailable):
        await sessions.create("ada", job())


@pytest.mark.asyncio(loop_scope="session")
async def test_a_worker_is_gentle_and_has_no_secrets(two: Sessions) -> None:
    process = two.links[0].ready.result().pid
    stat = fields(process)
    assert int(stat[16]) >= 10
    assert int(stat[3]) == os.getsid(0)
    environment = environ(process)
    names = {entry.partition(b"=")[0].decode() for entry in environment if entry}
    allowed = set(launch.PASSED_ON)
    assert all(name in allowed or name.startswith(launch.PASSED_ON_FAMILIES) for name in names)
    assert "PYTEST_CURRENT_TEST" in os.environ
    assert "PYTEST_CURRENT_TEST" not in names


@pytest.mark.asyncio(loop_scope="session")
async def test_heartbeats_come_every_second_also_while_it_trains(two: Sessions) -> None:
    session = await two.create("ada", job())
    await session.command("play", Play())
    pulses: list[Any] = []
    deadline = time.monotonic() + 60
    while len(pulses) < 4 and time.monotonic() < deadline:
        worker = session.link
        assert worker is not None
        if worker.pulse is not None and worker.pulse not in pulses:
            pulses.append(worker.pulse)
        await asyncio.sleep(0.02)
    assert len(pulses) >= 4
    assert pulses[-1].steps > pulses[0].steps


@pytest.mark.slow
async def test_stopping_takes_less_than_five_seconds() -> None:
    sessions = Sessions(workers=2, device="cpu")
    await sessions.start()
    await until(lambda: len(ready(sessions)) == 2, 60)
    processes = [link.ready.result().pid for link in sessions.links]
    for number in range(4):
        session = await sessions.create("ada", job())
        await session.command(str(number), Play())
    start = time.perf_counter()
    await sessions.stop()
    assert time.perf_counter() - start < 5
    assert not any(is_alive(process) for process in processes)
    assert not sessions.ready


async def test_stopping_does_not_wait_for_workers_that_warm_up() -> None:
    sessions = Sessions(workers=2, device="cpu")
    await sessions.start()
    was_ready = sessions.ready
    await sessions.stop()
    assert not was_ready
    assert not sessions.ready


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.usefixtures("shared_forks")
async def test_a_worker_that_is_still_being_made_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placement, "STOPPING", 1000.0)
    sessions = Sessions(workers=1, device="cpu")
    await sessions.start()
    await until(lambda: sessions._placement.links)
    assert not sessions.ready
    async with asyncio.timeout(30):
        await sessions.stop()


@pytest.mark.slow
def test_workers_die_with_the_server() -> None:
    server = subprocess.Popen([sys.executable, "-c", SERVER], stdout=subprocess.PIPE, text=True)
    with server:
        assert server.stdout is not None
        worker = int(server.stdout.readline())
        assert is_alive(worker)
        server.kill()
        deadline = time.monotonic() + 60
        while is_alive(worker):
            assert time.monotonic() < deadline
            time.sleep(0.01)


def test_how_many_workers_suit_a_machine() -> None:
    assert 1 <= placement.usual("cpu", 1) <= placement.USUAL
    assert placement.usual("cuda", 3) == 3
