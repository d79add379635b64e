"""Long analyses are done elsewhere: what they say is the same, and no run waits for them."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from functools import partial

import pytest
import pytest_asyncio

from neurarium.sessions import limits
from neurarium.sessions.analyst import Analyst
from neurarium.sessions.confinement import ANALYST
from neurarium.sessions.control import Play, Step
from neurarium.sessions.errors import Refused
from neurarium.sessions.forked import Forked
from neurarium.sessions.link import Link
from neurarium.sessions.session import Session
from neurarium.sessions.table import Sessions
from neurarium.training.job import Job
from tests.backend.sessions.forks import lent
from tests.backend.sessions.house import job, one_worker, probe, stood, until

FINE = probe("boundary", size=101)
HUGE = probe("boundary", size=128)


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def sessions(forks: Forked) -> AsyncIterator[Sessions]:
    with lent(forks):
        async with one_worker() as sessions:
            yield sessions


def wide() -> Job:
    """A network on which the plane in fine cells takes seconds."""
    graph = job().model_dump(mode="json")["graph"]
    for node in graph["nodes"]:
        if node["id"] in ("hidden1", "hidden2"):
            node["layer"]["out_features"] = 600
    return job(graph=graph)


def field(body: bytes) -> list[float]:
    pictures = {picture["name"]: picture for picture in json.loads(body)["arrays"]}
    values: list[float] = pictures["answer"]["data"]
    return values


@pytest.mark.slow
@pytest.mark.asyncio(loop_scope="session")
async def test_the_analyst_sees_what_the_worker_sees(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await sessions.create("ada", job())
    await session.command("step", Step(count=30))
    await stood(session)
    for step in (None, 7):
        elsewhere = await session.look(FINE, step, "json")
        with monkeypatch.context() as patch:
            patch.setattr(type(FINE), "is_long", False)
            here = await session.look(FINE, step, "json")
        assert json.loads(elsewhere)["arrays"] == json.loads(here)["arrays"]
        assert json.loads(elsewhere)["step"] == (30 if step is None else 7)
    link = sessions._placement.links[ANALYST]
    assert link is not session.link
    assert sessions._placement.choose(lambda _: (0, 0)) is not link


async def gap_while(session: Session, work: "asyncio.Task[bytes]") -> float:
    """Return the longest time for which a run took no step while something was done."""
    longest, last, step = 0.0, time.perf_counter(), session.step
    while not work.done():
        await asyncio.sleep(0.002)
        now = time.perf_counter()
        if session.step != step:
            longest, last, step = max(longest, now - last), now, session.step
    return max(longest, time.perf_counter() - last)


@pytest.mark.slow
@pytest.mark.asyncio(loop_scope="session")
async def test_no_run_waits_for_a_long_analysis(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the negative control: in the worker, the same analysis stops every run for its whole time."""
    heavy, light = await sessions.create("ada", wide()), await sessions.create("ada", job())
    await light.command("play", Play())
    await until(lambda: light.step > 20)
    with monkeypatch.context() as patch:
        patch.setattr(type(HUGE), "is_long", False)
        start = time.perf_counter()
        stopped = await gap_while(light, asyncio.create_task(heavy.look(HUGE)))
        took = time.perf_counter() - start
    assert stopped > took / 2
    gaps = [await gap_while(light, asyncio.create_task(heavy.look(HUGE)))]
    while gaps[-1] >= stopped / 2:  # other programs may hold the machine
        assert len(gaps) < 6, gaps
        gaps.append(await gap_while(light, asyncio.create_task(heavy.look(HUGE))))
    for session in (heavy, light):
        await sessions.delete("ada", session.id)


def is_looking(link: Link, number: int) -> bool:
    return set(link._asked) == {number}


def has_gone(sessions: Sessions, link: Link) -> bool:
    return sessions._placement.links.get(ANALYST) not in (None, link)


@pytest.mark.slow
@pytest.mark.asyncio(loop_scope="session")
async def test_an_analysis_that_nobody_waits_for_is_ended(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As often as somebody likes: that is nobody's fault, and the next process comes at once."""
    monkeypatch.setattr(limits, "RESTARTS", limits.Limit(1, "", ""))
    small, session = await sessions.create("ada", job()), await sessions.create("ada", wide())
    for _ in range(int(limits.RESTARTS) + 1):
        assert field(await small.look(FINE, None, "json"))
        link = sessions._placement.links[ANALYST]
        asked = next(link._ids)
        task = asyncio.create_task(session.look(HUGE))
        await until(partial(is_looking, link, asked + 2))  # `Create` comes first
        task.cancel()
        await until(partial(has_gone, sessions, link))
    assert field(await small.look(FINE, None, "json"))


async def test_analyses_that_wait_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    async def never() -> Link:
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(limits, "ANALYSES", limits.Limit(2, "", ""))
    analyst = Analyst(never)
    tasks = [asyncio.create_task(analyst.look(job(), b"", b"", "json", None)) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(Refused) as refused:
        await analyst.look(job(), b"", b"", "json", None)
    assert refused.value.code == "busy"
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
