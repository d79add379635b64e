"""A run in whose turns workers die gets one of its own, where it harms nobody, and fails at the third."""

import asyncio
import os
import signal

import pytest

from neurarium.clock import Clock
from neurarium.sessions import limits, placement
from neurarium.sessions.control import Play
from neurarium.sessions.errors import Refused
from neurarium.sessions.link import Link
from neurarium.sessions.placement import Placement
from neurarium.sessions.protocol import Ready
from neurarium.sessions.suspicion import Suspicion
from neurarium.sessions.table import Sessions
from tests.backend.sessions.house import job, until


class Watch(Clock):
    """A clock that the test sets."""

    now = 0.0

    def elapsed(self) -> float:
        return self.now


class Scripted(Link):
    """A worker that lives until the test ends it, in the midst of a run."""

    async def run(self) -> str:
        self.ready.set_result(Ready("cpu", 1, "", 0))
        self.end: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.turn = await self.end
        return "it was ended"

    @property
    def is_ready(self) -> bool:
        return self.ready.done() and not self.end.done()

    def hang_up(self) -> None:
        if not self.end.done():
            self.end.set_result("")


def load(_: Link) -> tuple[int, int]:
    return 0, 0


async def opened(monkeypatch: pytest.MonkeyPatch, clock: Clock, workers: int = 2) -> Placement:
    monkeypatch.setattr(placement, "Link", Scripted)
    monkeypatch.setattr(limits, "RESTARTS", limits.Limit(1000, "", ""))
    house = Placement(workers, "cpu", lambda *_: None, lambda *_: None, clock)
    await house.start()
    await until(lambda: len(house.ready) == workers)
    return house


async def kill_in(house: Placement, run: str) -> None:
    """End the worker that would take a run, in its midst."""
    link = house.choose(load, run)
    assert isinstance(link, Scripted)
    link.end.set_result(run)
    await until(lambda: house.links.get(link.index) not in (None, link))
    await until(lambda: house.links[link.index].is_ready)


async def test_a_run_that_ends_its_workers_is_put_apart_and_then_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    house = await opened(monkeypatch, Watch())
    await kill_in(house, "evil")
    assert house.choose(load, "evil").index < 2
    await kill_in(house, "evil")
    await until(lambda: len(house.ready) == 3)
    cell = house.choose(load, "evil")
    assert cell.index >= limits.WORKERS
    assert house.choose(load, "good") is not cell
    assert house.choose(load) is not cell
    await kill_in(house, "evil")
    with pytest.raises(Refused) as refused:
        house.choose(load, "evil")
    assert refused.value.code == "run-failed"
    assert house.choose(load, "good").index < 2
    house.release("evil")
    await until(lambda: len(house.links) == 2)
    await house.stop()


async def test_deaths_long_ago_are_forgiven() -> None:
    clock = Watch()
    suspicion = Suspicion(clock)
    for _ in range(10):
        assert suspicion.blame("unlucky") == 1
        clock.now += limits.RESTART_WINDOW + 1
    suspicion.blame("unlucky")
    suspicion.blame("unlucky")
    assert suspicion.wants_cell("unlucky")
    assert not suspicion.is_hopeless("unlucky")
    suspicion.forget("unlucky")
    assert not suspicion.wants_cell("unlucky")


async def test_there_is_room_for_a_bounded_number_of_such_runs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "CELLS", limits.Limit(1, "", ""))
    house = await opened(monkeypatch, Watch())
    for run in ("first", "second"):
        for _ in range(2):
            await kill_in(house, run)
    assert house.choose(load, "first").index >= limits.WORKERS
    with pytest.raises(Refused):
        house.choose(load, "second")
    await house.stop()


@pytest.mark.slow
async def test_a_real_worker_leaves_word_whose_turn_it_was() -> None:
    sessions = Sessions(workers=1, device="cpu")
    await sessions.start()
    try:
        await until(lambda: sessions.ready, 60)
        idle, busy = await sessions.create("ada", job()), await sessions.create("ada", job())
        await busy.command("play", Play())
        await until(lambda: busy.step > 50)
        link = sessions.links[0]
        os.kill(link.ready.result().pid, signal.SIGKILL)
        await until(lambda: busy.link is None)
        assert link.turn in (busy.id, "")  # between two turns it is nobody's
        assert sessions._placement.suspicion.deaths(idle.id) == 0
    finally:
        await sessions.stop()
