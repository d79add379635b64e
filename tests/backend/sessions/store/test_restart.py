"""What was acknowledged outlives the server: runs, curves, journals, answers; and what trained goes on, bit for bit."""

import asyncio
import hashlib
import os
import signal
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from neurarium.clock import CLOCK, Clock
from neurarium.sessions import limits
from neurarium.sessions.control import Pause, Play, Rewind, Step
from neurarium.sessions.errors import NotFound, Refused
from neurarium.sessions.log import EventRecord, Log, MetricsRecord
from neurarium.sessions.protocol import Save, Series
from neurarium.sessions.session import Session
from neurarium.sessions.store.store import Store
from neurarium.sessions.table import Sessions
from neurarium.training.command import AnyCommand, Change
from neurarium.training.job import Job
from neurarium.training.run import Run
from tests.backend.sessions.house import Spectator, is_complete, job, probe, stood, until
from tests.backend.sessions.test_log import points

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.usefixtures("shared_forks")]

Story = AsyncGenerator[None, Sessions]
FASTER = Change(changes={"optimizer.lr": 0.3})


@asynccontextmanager
async def server(folder: Path, clock: Clock = CLOCK) -> AsyncIterator[Sessions]:
    """One life of the sessions of a data folder."""
    sessions = Sessions(workers=1, device="cpu", store=Store(folder), clock=clock)
    await sessions.start()
    try:
        yield sessions
    finally:
        await sessions.stop()


async def ready(sessions: Sessions) -> Sessions:
    await until(lambda: sessions.ready, 60)
    return sessions


async def digest(session: Session) -> str:
    _, state, _ = await session.save()
    return hashlib.sha256(state).hexdigest()


def undisturbed(job: Job, steps: int, commands: dict[int, AnyCommand], single: int = 0) -> str:
    """The state that plain training arrives at; one step may be of one example."""
    run = Run(job, "cpu")
    while run.step < steps:
        if run.step in commands:
            run.apply(commands[run.step])
        run.take("example" if run.step + 1 == single else "minibatch")
    if run.step in commands:
        run.apply(commands[run.step])
    return run.state().digest()


async def take(session: Session, count: int, unit: Any = "minibatch") -> None:
    await session.command(f"step-{session.step}-{count}", Step(unit=unit, count=count))
    await stood(session)


def files(folder: Path, session: Session) -> list[Path]:
    return list(folder.glob(f"runs/*/{session.id}/*"))


def iter_of(session: Session, name: str) -> list[int]:
    values: list[int] = getattr(session.log.series("loss"), name)
    return values


def has_no_gap(session: Session) -> bool:
    return is_complete(zip(iter_of(session, "steps"), iter_of(session, "counts"), strict=True))


async def a_run_is_found_again_and_goes_on_bit_for_bit(sessions: Sessions, _: Path) -> Story:
    run = await sessions.create("found", job(3000), preset="mlp-circles")
    await take(run, 40)
    await run.command("faster", FASTER)
    await take(run, 1, "example")
    await take(run, 60)
    facts = {name: getattr(run, name) for name in ("id", "job", "step", "state", "latest")}
    epoch, head, snapshots = run.log.epoch, run.log.head, run.snapshots
    curve, losses = run.log.series("loss"), run.log.sketch().losses
    sessions = yield
    again = sessions.get("found", run.id)
    assert {name: getattr(again, name) for name in facts} == facts
    assert (again.preset, again.owner, again.created) == ("mlp-circles", "found", run.created)
    assert (again.log.epoch, again.log.head) == (epoch, head)
    assert again.log.sketch().losses == losses
    assert not again.log.is_recalled  # a list of runs reads no log to keep
    assert again.log.series("loss") == curve
    assert again.log.first == 1
    assert again.latest == facts["latest"]
    with pytest.raises(NotFound):
        sessions.get("somebody-else", run.id)
    await ready(sessions)
    await take(again, 50)
    assert again.step == 151
    assert await digest(again) == undisturbed(job(3000), 151, {40: FASTER}, single=41)
    assert has_no_gap(again)
    assert set(snapshots) - {0, 1} <= set(again.snapshots) | set(range(200))
    await again.steer(Rewind(step=45))
    assert await digest(again) == undisturbed(job(3000), 45, {40: FASTER}, single=41)


async def a_command_is_answered_once(sessions: Sessions, _: Path) -> Story:
    run = await sessions.create("commands", job(200))
    first = await run.command("faster", FASTER)
    await take(run, 3)
    sessions = yield
    again = sessions.get("commands", run.id)
    assert await again.command("faster", FASTER) == first
    with pytest.raises(Refused) as refused:
        await again.command("faster", Change(changes={"optimizer.lr": 0.5}))
    assert refused.value.code == "cmd-id-reused"
    assert again.link is None  # nobody had to be asked
    assert len([r for r in again.log.since(0) if isinstance(r, EventRecord) and r.effect]) == 1


async def a_page_goes_on_reading_where_it_was(sessions: Sessions, _: Path) -> Story:
    run = await sessions.create("pages", job(200))
    await take(run, 3)
    place = (run.log.epoch, run.log.head - 1)
    newest = run.log.record(run.log.head)
    sessions = yield
    again, page = sessions.get("pages", run.id), Spectator()
    again.watch(page.viewer, place)
    await until(lambda: page.records)
    assert [out.record for out in page.records] == [newest]
    assert not page.notices
    await page.leave()


async def forks_and_deleted_runs(sessions: Sessions, folder: Path) -> Story:
    run = await sessions.create("forks", job(200))
    await take(run, 30)
    fork = await run.fork("forks", 20)
    gone = await run.fork("forks", 10)
    assert files(folder, gone)
    await sessions.delete("forks", gone.id)
    assert not files(folder, gone)
    other = await run.fork("forks", 25)
    await other.command("faster", FASTER)
    changes = other.changes
    assert [(change.key, change.step) for change in changes] == [("optimizer.lr", 25)]
    sessions = yield
    listed = [session.id for session in sessions.list("forks", 0, 9)[0]]
    assert listed == [other.id, fork.id, run.id]
    assert sessions.get("forks", other.id).changes == changes
    assert not sessions.get("forks", other.id).log.is_recalled
    again = sessions.get("forks", fork.id)
    assert (again.parent, again.forked_at, again.step) == (run.id, 20, 20)
    assert again.log.series("loss").steps == list(range(1, 21))
    await ready(sessions)
    await take(again, 10)
    assert await digest(again) == await digest(sessions.get("forks", run.id))


async def a_run_that_trained_goes_on_by_itself(sessions: Sessions, _: Path) -> Story:
    run = await sessions.create("trains", job())
    await run.command("play", Play())
    await until(lambda: run.step > 300)
    await run.command("faster", FASTER)
    await until(lambda: run.step > 3000)
    sessions = yield
    again = sessions.get("trains", run.id)
    changed = next(e.effect.step for e in run.log.journal if e.effect is not None)
    await until(lambda: again.step > run.step + 500, 60)
    await again.command("pause", Pause())
    assert again.attempt == 2
    events = [r for r in again.log.since(0) if isinstance(r, EventRecord)]
    assert not [e for e in events if e.event == "determinism_violation"]
    assert await digest(again) == undisturbed(job(), again.step, {changed: FASTER})
    assert has_no_gap(again)


async def a_run_that_is_paused_while_it_is_taken_in_stays_so(sessions: Sessions, _: Path) -> Story:
    run = await sessions.create("pauses", job())
    await run.command("play", Play())
    await until(lambda: run.step > 300)
    sessions = yield
    again = sessions.get("pauses", run.id)
    while again.link is None:  # noqa: ASYNC110 - the very moment matters
        await asyncio.sleep(0)
    await again.steer(Pause())
    assert (again.state, again.told("state")) == ("paused", "paused")


async def a_look_comes_while_the_run_is_taken_in(sessions: Sessions, _: Path) -> Story:
    run = await sessions.create("looks", job(200))
    await take(run, 30)
    seen = await run.look(probe("weight"), 20)
    sessions = yield
    again = sessions.get("looks", run.id)
    await ready(sessions)
    placing = asyncio.create_task(sessions.place(again))
    while again.attempt == 1:  # noqa: ASYNC110 - to be there at that very moment
        await asyncio.sleep(0)
    assert again.link is None  # its worker is chosen, and knows nothing of it
    assert await again.look(probe("weight"), 20) == seen
    await placing


async def a_run_is_deleted_while_it_is_taken_in(sessions: Sessions, _: Path) -> Story:
    run = await sessions.create("deletes", job(200))
    await take(run, 30)
    sessions = yield
    again = sessions.get("deletes", run.id)
    await ready(sessions)
    placing = asyncio.create_task(sessions.place(again))
    while again.attempt == 1:  # noqa: ASYNC110 - to be there at that very moment
        await asyncio.sleep(0)
    await sessions.delete("deletes", run.id)
    with pytest.raises(NotFound):
        await placing
    with pytest.raises(Refused) as refused:
        await sessions.links[0].ask(Save, run.id)
    assert refused.value.code == "not-found"


@pytest.mark.slow
async def test_what_was_acknowledged_outlives_the_server(tmp_path: Path) -> None:
    """Several stories at once, as starting a server is what takes long: each has one part in either life."""
    tellers = (
        a_run_that_is_paused_while_it_is_taken_in_stays_so,  # first: that is soon over
        a_run_is_found_again_and_goes_on_bit_for_bit,
        a_command_is_answered_once,
        a_page_goes_on_reading_where_it_was,
        forks_and_deleted_runs,
        a_run_that_trained_goes_on_by_itself,
        a_look_comes_while_the_run_is_taken_in,
        a_run_is_deleted_while_it_is_taken_in,
    )
    async with server(tmp_path) as sessions:
        await ready(sessions)
        stories = [teller(sessions, tmp_path) for teller in tellers]
        for story in stories:
            await anext(story)
    async with server(tmp_path) as sessions:
        for story in stories:
            with pytest.raises(StopAsyncIteration):
                await story.asend(sessions)


@pytest.mark.slow
async def test_a_different_past_is_told_loudly(tmp_path: Path) -> None:
    async with server(tmp_path) as sessions:
        run = await (await ready(sessions)).create("me", job())
        await run.command("play", Play())
        await until(lambda: run.step > 300)
    store = Store(tmp_path)
    await store.start()
    await store.write(
        [
            lambda c: c.exec_driver_sql(
                "UPDATE runs SET first_job = replace(first_job, '0.2', '0.21')"
            ),
            lambda c: c.exec_driver_sql("DELETE FROM checkpoints"),
        ]
    )
    await store.stop()
    async with server(tmp_path) as sessions:
        again = sessions.get("me", run.id)
        await until(
            lambda: any(
                isinstance(r, EventRecord) and r.event == "determinism_violation"
                for r in again.log.since(0)
            ),
            60,
        )


async def test_curves_are_what_they_were_in_rows_of_a_thousand(tmp_path: Path) -> None:
    async with server(tmp_path) as sessions:
        run = await (await ready(sessions)).create("me", job())
        ledger = sessions._ledger
        for first in range(1, 5001, 250):
            buckets = Series("loss", [first + 249], [250], [[0.5]], [[0.1]], [[float("nan")]])
            run.step = first
            series = [points(first, 250, "lr"), buckets]
            ledger.note(run, run.log.make_metrics(series))
            await ledger.written()
        await ledger.written()
        expected = [run.log.series(name) for name in ("lr", "loss")]
        chunks = await sessions_rows(sessions)
        assert max(chunks) <= limits.CHUNK_POINTS
        assert sum(chunks) > 4000
    log = Log(run.id, run.log.epoch, run.log.head)
    store = Store(tmp_path)
    await store.start()
    store.recall(log)
    await store.stop()
    assert repr([log.series(name) for name in ("lr", "loss")]) == repr(expected)


async def sessions_rows(sessions: Sessions) -> list[int]:
    store = sessions._store
    assert store is not None
    with store._reading() as connection:
        return [row[0] for row in connection.exec_driver_sql("SELECT points FROM curves")]


@pytest.mark.slow
async def test_a_run_whose_worker_died_says_from_which_step_it_goes_on(tmp_path: Path) -> None:
    async with server(tmp_path) as sessions:
        run = await (await ready(sessions)).create("me", job())
        ada = Spectator()
        run.watch(ada.viewer)
        await run.command("play", Play())
        await until(lambda: run.step > 300)
        assert not [event for event in ada.events if event.event == "recovered"]
        assert run.link is not None
        os.kill(run.link.ready.result().pid, signal.SIGKILL)
        await until(lambda: [e for e in ada.events if e.event == "recovered"], 60)
        (told,) = [event for event in ada.events if event.event == "recovered"]
        before = [out.record for out in ada.records if out.record.seq < told.seq]
        steps = [r.series[0].steps[-1] for r in before if isinstance(r, MetricsRecord) and r.series]
        assert told.step == max(steps)
        await until(lambda: run.step > told.step + 300)
        await run.command("pause", Pause())
        await until(lambda: ada.points("loss")[-1][0] == run.step)
        assert is_complete(ada.points("loss"))
        assert await digest(run) == undisturbed(job(), run.step, {})
        await ada.leave()
    async with server(tmp_path) as sessions:  # a start of the server is no recovery
        again = sessions.get("me", run.id)
        await (await ready(sessions)).place(again)
        events = [r.event for r in again.log.since(0) if isinstance(r, EventRecord)]
        assert events.count("recovered") == 1
