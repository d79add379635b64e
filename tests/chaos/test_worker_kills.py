"""Workers die at random moments: every run goes on elsewhere, and nobody could tell from its numbers."""

import os
import random
import signal
from functools import partial
from pathlib import Path

import pytest

from neurarium.sessions import limits
from neurarium.sessions.control import Play
from neurarium.sessions.session import Session
from neurarium.sessions.store.store import Store
from neurarium.sessions.table import Sessions
from neurarium.training.command import AnyCommand, Change
from tests.backend.sessions.house import Spectator, insist, is_complete, job, until
from tests.backend.sessions.store.test_restart import digest, undisturbed

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.usefixtures("shared_forks")]

STEPS = 3000
OPTIMIZER = {"kind": "SGD", "lr": 0.05, "momentum": 0.9}


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """So many deaths in a minute are no reason to give anybody up here."""
    monkeypatch.setattr(limits, "RESTARTS", limits.Limit(10_000, "", ""))
    monkeypatch.setattr(limits, "DEATHS", limits.Limit(10_000, "", ""))


def kill(session: Session) -> None:
    if session.link is not None and session.link.is_ready:
        os.kill(session.link.ready.result().pid, signal.SIGKILL)


def is_there(run: Session, goal: int) -> bool:
    return run.step >= goal or is_over(run)


def is_over(run: Session) -> bool:
    return run.state not in ("running", "waiting")


def has_all(viewer: Spectator) -> bool:
    return viewer.points("loss")[-1:] == [(STEPS, 1)]


async def survive(folder: Path, kills: int, seed: int) -> None:
    """Train two runs, end their workers again and again, and compare them with runs that nobody disturbed."""
    chance = random.Random(seed)
    sessions = Sessions(workers=2, device="cpu", store=Store(folder))
    await sessions.start()
    try:
        await until(lambda: sessions.ready, 60)
        document = job(STEPS, optimizer=OPTIMIZER)
        runs = [await sessions.create("ada", document) for _ in range(2)]
        viewers = [Spectator() for _ in runs]
        given: list[dict[int, AnyCommand]] = [{}, {}]
        for run, viewer in zip(runs, viewers, strict=True):
            run.watch(viewer.viewer)
            await run.command("play", Play(pace=STEPS / (4 + kills)))
        for number in range(kills):
            index = chance.randrange(len(runs))
            run = runs[index]
            goal = min(STEPS - 1, run.step + chance.randrange(20, 300))
            await until(partial(is_there, run, goal), 60)
            if number == kills // 2:
                change = Change(changes={"optimizer.lr": 0.02})
                step, _ = await insist(partial(run.command, "slower", change))
                given[index][step] = change
            kill(run)
        for index, run in enumerate(runs):
            await until(partial(is_over, run), 100)
            assert (run.state, run.step) == ("finished", STEPS)
            assert run.attempt > 1 or kills < 3
            await until(partial(has_all, viewers[index]))
            assert is_complete(viewers[index].points("loss"))
            assert not [e for e in viewers[index].events if e.event == "determinism_violation"]
            recovered = [e.step for e in viewers[index].events if e.event == "recovered"]
            assert recovered == sorted(recovered)
            assert 0 < len(recovered) < run.attempt or kills < 3
            found = await insist(partial(digest, run))
            assert found == undisturbed(document, STEPS, given[index])
            assert found != undisturbed(document, STEPS, {5: Change(changes={"optimizer.lr": 0.1})})
        for viewer in viewers:
            await viewer.leave()
    finally:
        await sessions.stop()


@pytest.mark.slow
async def test_six_kills_change_no_bit(tmp_path: Path) -> None:
    await survive(tmp_path, kills=6, seed=1)


@pytest.mark.bars
@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", range(4))
async def test_two_hundred_kills_change_no_bit(tmp_path: Path, seed: int) -> None:
    await survive(tmp_path, kills=50, seed=seed)
