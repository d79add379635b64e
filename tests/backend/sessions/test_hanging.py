"""A worker that hangs is ended and replaced; one that has a long step to take is not."""

import os
import signal
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from neurarium.sessions import limits, link
from neurarium.sessions.control import Play, Step
from neurarium.sessions.protocol import Points
from neurarium.sessions.session import Session
from neurarium.sessions.table import Sessions
from tests.backend.sessions.house import job, one_worker, until

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def one(shared_forks: None) -> AsyncIterator[Sessions]:
    async with one_worker() as sessions:
        yield sessions


def pid(session: Session) -> int:
    assert session.link is not None
    return session.link.ready.result().pid


@pytest.mark.slow
async def test_a_stopped_worker_is_ended_and_what_it_says_later_is_not_believed(
    one: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "HUNG_SECONDS", limits.Limit(1, "", ""))
    monkeypatch.setattr(link, "LEAVING", 0.2)
    session = await one.create("ada", job())
    await session.command("play", Play())
    await until(lambda: session.step > 20)
    old, process = session.link, pid(session)
    assert old is not None
    os.kill(process, signal.SIGSTOP)
    await until(lambda: session.link is not old)
    with pytest.raises(ProcessLookupError):
        os.kill(process, signal.SIGCONT)
    step, head = session.step, session.log.head
    one._hear(old, Points(session.id, 1, step + 1000, 1.0, []))
    session.attempt += 1
    session.hear(Points(session.id, session.attempt - 1, step + 1000, 1.0, []))
    assert (session.step, session.log.head) == (step, head)
    session.hear(Points(session.id, session.attempt, step + 1, 1.0, []))  # the control
    assert session.step == step + 1


@pytest.mark.slow
async def test_a_worker_with_a_long_step_is_left_alone(
    one: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its first step is silent for longer than an idle worker may be."""
    monkeypatch.setattr(limits, "HUNG_SECONDS", limits.Limit(1, "", ""))
    document = job().model_dump(mode="json")["graph"]
    for node in document["nodes"]:
        if node["id"] in ("hidden1", "hidden2"):
            node["layer"]["out_features"] = 2200
    heavy = job(
        graph=document, precision="float64", batch={"policy": "full"}, dataset={"samples": 5000}
    )
    session = await one.create("ada", heavy)
    process = pid(session)
    await session.command("step", Step(count=1))
    await until(lambda: session.step == 1, 100)
    assert pid(session) == process
    pulse = one.links[0].pulse
    assert pulse is not None
    await until(lambda: one.links[0].pulse is not None and one.links[0].pulse.step > 1, 10)
