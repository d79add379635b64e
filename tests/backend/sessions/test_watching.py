"""Watched probes: computed once for all, only when watched, within their share, and promptly after a change."""

from collections.abc import AsyncIterator
from itertools import count

import msgspec
import pytest
import pytest_asyncio

from neurarium.sessions.control import Pause, Play, Step
from neurarium.sessions.session import Session
from neurarium.sessions.table import Sessions
from neurarium.training.command import SetWeight
from tests.backend.sessions.house import Spectator, job, probe, quickest, stood, until

pytestmark = pytest.mark.asyncio(loop_scope="session")
PANELS = ("boundary", "weight", "answer", "health", "hidden", "grad", "batch", "data", "hard")


@pytest_asyncio.fixture(loop_scope="session")
async def run(sessions: Sessions) -> AsyncIterator[Session]:
    session = await sessions.create("ada", job())
    yield session
    await sessions.delete("ada", session.id)


def step_of(frame: bytes) -> int:
    step: int = msgspec.msgpack.decode(frame)["step"]
    return step


async def test_one_look_serves_all_who_watch_the_same(run: Session) -> None:
    spectators = [Spectator() for _ in range(5)]
    for spectator in spectators:
        run.subscribe(spectator.viewer, 1, probe("weight"))
        run.subscribe(spectator.viewer, 2, probe("boundary", size=10))
    assert len(run.watches) == 2
    await run.command("steps", Step(count=30))
    await stood(run)
    for spectator in spectators:
        await until(lambda s=spectator: {step_of(f.frame) for f in s.frames[-2:]} == {30})  # type: ignore[misc]
    last = {id(spectator.frames[-1].frame) for spectator in spectators}
    assert len(last) <= 2
    for spectator in spectators:
        run.unsubscribe(spectator.viewer, 1)
    assert len(run.watches) == 1
    for spectator in spectators:
        run.watches.leave(spectator.viewer)
        await spectator.leave()
    assert len(run.watches) == 0


async def test_a_waiting_run_is_shown_once_and_again_after_each_change(run: Session) -> None:
    ada = Spectator()
    run.subscribe(ada.viewer, 1, probe("weight"))
    await until(lambda: len(ada.frames) == 1)
    assert run.link is not None
    values = iter(range(20))

    async def change() -> None:
        frames, value = len(ada.frames), next(values)
        await run.command(
            f"w{value}", SetWeight(parameter="output.weight", index=(0, 0), value=value)
        )
        await until(lambda: len(ada.frames) == frames + 1)

    assert await quickest(change, 0.15) < 0.15
    await run.command("s", Step())
    await stood(run)
    await until(lambda: step_of(ada.frames[-1].frame) == 1)
    looks = (await fresh_pulse(run)).looks
    assert (await fresh_pulse(run)).looks == looks
    bob = Spectator()
    run.subscribe(bob.viewer, 9, probe("weight"))
    await until(lambda: bob.frames)
    assert bob.frames[0].frame == ada.frames[-1].frame
    assert (await fresh_pulse(run)).looks == looks
    run.watches.leave(ada.viewer)
    run.watches.leave(bob.viewer)
    await ada.leave()
    await bob.leave()


async def fresh_pulse(run: Session):  # type: ignore[no-untyped-def]
    link = run.link
    assert link is not None
    old = link.pulse
    await until(lambda: link.pulse is not old)
    return link.pulse


async def test_pictures_follow_play_and_commands_within_150_ms(run: Session) -> None:
    ada = Spectator()
    run.subscribe(ada.viewer, 1, probe("weight"))
    await until(lambda: ada.frames)
    numbers = count()

    async def play() -> None:
        step = run.step
        await run.command(f"play{next(numbers)}", Play())
        await until(lambda: step_of(ada.frames[-1].frame) > step)

    async def change() -> None:
        number = next(numbers)
        weight = SetWeight(parameter="output.weight", index=(0, 0), value=number)
        step, _ = await run.command(f"w{number}", weight)
        await until(lambda: step_of(ada.frames[-1].frame) >= step)

    assert await quickest(play, 0.15) < 0.15
    await until(lambda: run.step > 500)
    assert await quickest(change, 0.15) < 0.15
    run.watches.leave(ada.viewer)
    await ada.leave()


async def test_slow_motion_shows_every_step(run: Session) -> None:
    ada = Spectator()
    for place, kind in enumerate(PANELS):
        run.subscribe(ada.viewer, place, probe(kind))
    await run.command("play", Play(pace=4))
    await until(lambda: run.step >= 6)
    await run.command("pause", Pause())
    for place in (0, 1, 5, 6):
        seen = {step_of(shown.frame) for shown in ada.frames if shown.subscription == place}
        assert {2, 3, 4, 5} <= seen
    run.watches.leave(ada.viewer)
    await ada.leave()


async def test_when_it_stands_all_pictures_show_the_same_step(run: Session) -> None:
    ada = Spectator()
    for place, kind in enumerate(PANELS):
        run.subscribe(ada.viewer, place, probe(kind))
    await run.command("play", Play())
    await until(lambda: run.step > 300)
    await run.command("pause", Pause())

    def newest() -> dict[int, int]:
        return {shown.subscription: step_of(shown.frame) for shown in ada.frames}

    await until(lambda: newest() == dict.fromkeys(range(len(PANELS)), run.step))
    batch = msgspec.msgpack.decode([f for f in ada.frames if f.subscription == 6][-1].frame)
    assert {array["name"] for array in batch["arrays"]} >= {"id", "loss"}
    run.watches.leave(ada.viewer)
    await ada.leave()


async def test_a_probe_without_an_answer_says_so_and_comes_back(run: Session) -> None:
    ada = Spectator()
    run.subscribe(ada.viewer, 1, probe("weight", node="nowhere"))
    run.subscribe(ada.viewer, 2, probe("batch"))
    await until(lambda: len(ada.unseen) == 2)
    assert {unseen.code for unseen in ada.unseen} == {"probe-refused"}
    await run.command("s", Step(count=5))
    await stood(run)
    await until(lambda: ada.frames)
    assert ada.frames[-1].subscription == 2
    assert len([unseen for unseen in ada.unseen if unseen.subscription == 1]) == 1
    run.watches.leave(ada.viewer)
    await ada.leave()


@pytest.mark.slow
async def test_a_viewer_that_never_draws_stops_only_its_own_pictures(run: Session) -> None:
    stuck, ada = Spectator(draws=False), Spectator()
    run.subscribe(stuck.viewer, 1, probe("weight"))
    await run.command("play", Play())
    await until(lambda: len(stuck.frames) == 2)
    looks = (await fresh_pulse(run)).looks
    assert (await fresh_pulse(run)).looks == looks
    run.subscribe(ada.viewer, 1, probe("weight"))
    await until(lambda: len(ada.frames) > 5)
    assert len(stuck.frames) == 2
    for spectator in (stuck, ada):
        run.watches.leave(spectator.viewer)
        await spectator.leave()
