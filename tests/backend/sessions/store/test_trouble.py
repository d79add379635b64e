"""What may go wrong around the store: a clock that jumps, a disk that is full."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from neurarium.clock import Clock
from neurarium.sessions import limits
from neurarium.sessions.control import Pause, Play
from neurarium.sessions.errors import Refused
from neurarium.sessions.limits import Limit
from neurarium.sessions.store.writer import DiskFullError
from tests.backend.sessions.house import job, until
from tests.backend.sessions.store.test_restart import FASTER, has_no_gap, ready, server, take

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.usefixtures("shared_forks")]


class Jumping(Clock):
    """A wall clock that nobody should rely on."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def wall(self) -> float:
        return super().wall() + self.ahead


async def test_a_clock_that_jumps_a_year_changes_nothing(tmp_path: Path) -> None:
    clock = Jumping()
    async with server(tmp_path, clock) as sessions:
        first = await (await ready(sessions)).create("me", job(200))
        clock.ahead = -365 * 86400.0
        second = await sessions.create("me", job(200))
        await take(first, 5)
    clock.ahead = 365 * 86400.0
    async with server(tmp_path, clock) as sessions:
        listed = [session.id for session in sessions.list("me", 0, 9)[0]]
        assert listed == [second.id, first.id]
        assert sessions.get("me", first.id).step == 5


@pytest.mark.slow
async def test_on_a_full_disk_runs_go_on_then_stand_still_then_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "UNWRITTEN_BYTES", Limit(20_000, "", ""))
    async with server(tmp_path) as sessions:
        run = await (await ready(sessions)).create("me", job())
        await run.command("play", Play())
        await until(lambda: run.step > 100)
        assert sessions._store is not None
        real = sessions._store.write

        async def full(*_: Any, **__: Any) -> list[Any]:
            raise DiskFullError("database or disk is full")

        monkeypatch.setattr(sessions._store, "write", full)
        seen: list[str] = [sessions.storage]
        await until(lambda: sessions.storage == "full")
        step = run.told("step")
        await until(lambda: run.told("step") > step)  # in memory
        with pytest.raises(Refused) as refused:
            await run.command("faster", FASTER)
        assert refused.value.code == "storage-full"
        with pytest.raises(Refused):
            await sessions.create("me", job())
        await until(lambda: run.told("state") == "paused")
        seen.append(sessions.storage)
        assert run.state == "running"  # nothing is seen that is not stored
        monkeypatch.setattr(sessions._store, "write", real)
        async with asyncio.timeout(10):
            await until(lambda: run.state == "running" and run.step > run.told("step") - 1)
        loading = sessions._store._loading
        assert loading is not None
        await until(loading.done)
        seen.append(sessions.storage)
        sessions._store.ballast.drop()
        seen.append(sessions.storage)
        assert seen == ["open", "held", "open", "short"]
        step = run.step
        await until(lambda: run.step > step + 100)
        await run.command("pause", Pause())
        assert has_no_gap(run)
