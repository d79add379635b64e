"""A run that was given weights goes on bit for bit when its worker dies and when the server starts again."""

import os
import signal
from pathlib import Path

import pytest
from safetensors.torch import load, save

from neurarium.sessions.control import Play, Step
from neurarium.sessions.session import Session
from neurarium.sessions.store.store import Store
from neurarium.sessions.table import Sessions
from neurarium.training.command import TakeWeights
from neurarium.training.job import Job
from neurarium.training.parcel import name_of
from neurarium.training.run import Run
from tests.backend.sessions.house import Spectator, stood, until
from tests.backend.sessions.store.test_restart import digest
from tests.backend.training.jobs import make_job

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.usefixtures("shared_forks")]

STEPS = 400
MADE = {"optimizer": {"kind": "Adam", "lr": 0.01}, "steps": STEPS}


def job(seed: int = 3) -> Job:
    return make_job(**MADE, seed=seed)


def undisturbed(given: dict[int, bytes]) -> str:
    """Plain training with weights given behind some steps."""
    run = Run(job(), "cpu")
    while run.step <= STEPS:
        if run.step in given:
            parcel = run.parcels.put(given[run.step])
            run.apply(TakeWeights(parcel=parcel))
        if run.step == STEPS:
            break
        run.take()
    return run.state().digest()


async def killed(run: Session) -> None:
    attempt = run.attempt
    assert run.link is not None
    os.kill(run.link.ready.result().pid, signal.SIGKILL)
    await until(lambda: run.attempt > attempt and run.link is not None, 60)


async def story(sessions: Sessions) -> tuple[Session, Session, Spectator, dict[int, bytes]]:
    """A run is given weights twice, and its worker dies behind each."""
    other = await sessions.create("ada", job(seed=8))
    await other.command("steps", Step(count=90))
    await stood(other)
    run = await sessions.create("ada", job())
    viewer = Spectator()
    run.watch(viewer.viewer)
    await run.command("play", Play(pace=100))
    given: dict[int, bytes] = {}

    await until(lambda: run.step >= 40, 60)
    file = save({name: value / 2 for name, value in load((await other.weights()).body).items()})
    command = TakeWeights(parcel=name_of(file), strict=True)
    step, _ = await run.command("file", command, file)
    given[step] = file
    await killed(run)

    await until(lambda: run.step >= step + 40, 60)
    wanted = TakeWeights(run=other.id, step=50)
    step, effect = await run.command("other", wanted)
    assert effect is not None
    assert isinstance(effect.command, TakeWeights)
    assert effect.command.step == 50
    given[step] = (await other.weights(50)).body
    # Once, however often it is sent.
    assert await run.command("other", wanted) == (step, effect)
    await killed(run)
    assert await run.command("other", wanted) == (step, effect)
    return run, other, viewer, given


async def undone(run: Session, other: str) -> None:
    """What is taken and taken back at once leaves no trace."""
    before = await digest(run)
    _, effect = await run.command("last", TakeWeights(run=other))
    assert effect is not None
    assert await digest(run) != before
    await run.command("back", effect.undo)
    assert await digest(run) == before


@pytest.mark.slow
async def test_workers_and_server_end_behind_taken_weights(tmp_path: Path) -> None:
    sessions = Sessions(workers=1, device="cpu", store=Store(tmp_path))
    await sessions.start()
    try:
        await until(lambda: sessions.ready, 60)
        run, other, viewer, given = await story(sessions)
        await until(lambda: run.state == "finished", 100)
        assert not [e for e in viewer.events if e.event == "determinism_violation"]
        found = undisturbed(given)
        assert await digest(run) == found != undisturbed({})
        await viewer.leave()
        name = run.id
    finally:
        await sessions.stop()

    again = Sessions(workers=1, device="cpu", store=Store(tmp_path))
    await again.start()
    try:
        await until(lambda: again.ready, 60)
        run = again.get("ada", name)
        assert await digest(run) == found
        await undone(run, other.id)
        folder = Store(tmp_path).folder_of(name)
        assert list((folder / "parcels").iterdir())
        await again.delete("ada", name)
        assert not folder.exists()
    finally:
        await again.stop()
