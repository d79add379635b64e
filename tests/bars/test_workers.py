"""Workers: how soon a dead one is replaced, what one costs, and how many runs share it."""

import os
import signal
import time
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from benchmarks.many import RUNS, Crowd

from neurarium.sessions import limits
from neurarium.sessions.control import Play
from neurarium.sessions.session import Session
from neurarium.sessions.table import Sessions
from tests.backend.sessions.house import job, until
from tests.bars.table import Table

pytestmark = [pytest.mark.bars, pytest.mark.timeout(600)]
SUBJECT = "runs"

KILLS = 40
TURNS = 9
SECONDS = 3.0
"""Of the processor, of each turn of a crowd."""


def private_bytes(process: int) -> int:
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    return 1024 * sum(int(line.split()[1]) for line in lines if line.startswith("Private_"))


def has_trained(session: Session) -> bool:
    return session.step > 20


def is_lost(session: Session) -> bool:
    return session.link is None


async def test_a_dead_worker_is_replaced_at_once(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "RESTARTS", limits.Limit(KILLS + 1, "", ""))
    sessions = Sessions(workers=1, device="cpu")
    start = time.perf_counter()
    await sessions.start()
    try:
        await until(lambda: sessions.ready, 60)
        table.note(
            5, "start to the first warm worker", f"{time.perf_counter() - start:.1f} s", SUBJECT
        )
        spans = []
        for _ in range(KILLS):
            session = await sessions.create("ada", job())
            await session.command("play", Play())
            await until(partial(has_trained, session))
            worker = sessions.links[0].ready.result().pid
            memory = private_bytes(worker)
            begin = time.perf_counter()
            os.kill(worker, signal.SIGKILL)
            await until(partial(is_lost, session))
            await until(lambda: sessions.ready)
            spans.append(time.perf_counter() - begin)
            await sessions.delete("ada", session.id)
    finally:
        await sessions.stop()
    worst = max(spans)
    table.hold(
        5,
        f"worker killed to the next one ready, worst of {KILLS}",
        f"{worst * 1e3:.0f} ms",
        "at most 1000 ms",
        worst <= 1,
        SUBJECT,
    )
    table.hold(
        5,
        "private memory of a worker with a small run",
        f"{memory / 1e6:.0f} MB",
        "at most 20 MB",
        memory <= 20e6,
        SUBJECT,
    )


def test_thirty_runs_are_served_evenly_and_without_long_gaps(table: Table) -> None:
    fairness, gaps, waits = [], [], []
    with closing(Crowd(RUNS)) as crowd:
        crowd.gaps(SECONDS)
        for _ in range(TURNS):
            before = [trainee.used for trainee in crowd.trainees]
            gap, wait = crowd.gaps(SECONDS)
            gaps.append(gap)
            waits.append(wait)
            used = [t.used - then for t, then in zip(crowd.trainees, before, strict=True)]
            fairness.append(sum(used) ** 2 / (len(used) * sum(u * u for u in used)))
    fair, gap, wait = (sorted(values)[TURNS // 2] for values in (fairness, gaps, waits))
    who = f"{RUNS} runs on one worker"
    table.note(3, f"{who}, longest gap by the wall clock", f"{wait * 1e3:.0f} ms", SUBJECT)
    table.hold(3, f"{who}, Jain fairness", f"{fair:.4f}", "at least 0.97", fair >= 0.97, SUBJECT)
    table.hold(
        3,
        f"{who}, longest gap in time of the processor",
        f"{gap * 1e3:.0f} ms",
        "at most 200 ms",
        gap <= 0.2,
        SUBJECT,
    )
