"""Whose runs are whose, how many there may be, and the run that greets everybody."""

import asyncio

import pytest

from neurarium.sessions import limits
from neurarium.sessions.control import Pause, Play, Step
from neurarium.sessions.demo import SECONDS
from neurarium.sessions.errors import NotFound, Refused
from neurarium.sessions.limits import Limit
from neurarium.sessions.table import Sessions
from tests.backend.sessions.house import Spectator, job, probe, until

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_runs_belong_to_their_owner(sessions: Sessions) -> None:
    first = await sessions.create("ada", job(), preset="mlp-circles")
    second = await sessions.create("ada", job())
    assert sessions.get("ada", first.id) is first
    assert sessions.list("ada", 0, 1) == ([second], 2)
    assert sessions.list("ada", 1, 5) == ([first], 2)
    assert sessions.list("bob", 0, 10) == ([], 0)
    for attempt in (sessions.delete("bob", first.id), sessions.delete("ada", "nothing")):
        with pytest.raises(NotFound):
            await attempt
    with pytest.raises(NotFound):
        sessions.get("bob", first.id)
    for session in (first, second):
        await sessions.delete("ada", session.id)
    with pytest.raises(NotFound):
        sessions.get("ada", first.id)


async def test_a_deleted_run_is_gone_for_those_who_watch(sessions: Sessions) -> None:
    run, ada = await sessions.create("ada", job()), Spectator()
    run.watch(ada.viewer)
    run.subscribe(ada.viewer, 3, probe("weight"))
    await until(lambda: ada.frames)
    await sessions.delete("ada", run.id)
    await until(lambda: ada.unseen)
    assert (ada.unseen[0].subscription, ada.unseen[0].code) == (3, "not-found")
    assert not run.viewers
    await ada.leave()


async def test_a_viewer_that_leaves_is_forgotten_everywhere(sessions: Sessions) -> None:
    run, ada = await sessions.create("ada", job()), Spectator()
    run.watch(ada.viewer)
    run.subscribe(ada.viewer, 3, probe("weight"))
    sessions.leave(ada.viewer)
    assert not run.viewers
    assert len(run.watches) == 0
    await sessions.delete("ada", run.id)
    await ada.leave()


async def test_runs_kept_and_runs_playing_are_bounded(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "RUNS_KEPT", Limit(3, "", ""))
    monkeypatch.setattr(limits, "RUNS_PLAYING", Limit(2, "", ""))
    runs = [await sessions.create("ada", job()) for _ in range(3)]
    with pytest.raises(Refused) as refused:
        await sessions.create("ada", job())
    assert refused.value.code == "too-many-runs"
    assert refused.value.values == {"limit": 3, "actual": 3}
    for run in runs[:2]:
        await run.command("play", Play())
    for command in (Play(), Step()):
        with pytest.raises(Refused) as refused:
            await runs[2].command(command.kind, command)
        assert (refused.value.code, refused.value.values) == ("busy", {"limit": 2, "actual": 2})
    await runs[0].command("again", Play(pace=5))
    await runs[0].command("pause", Pause())
    await runs[2].command("now", Play())
    monkeypatch.setattr(limits, "RUNS_IN_ALL", Limit(3, "", ""))
    with pytest.raises(Refused, match="no room"):
        await sessions.create("bob", job())
    for run in runs:
        await sessions.delete("ada", run.id)


async def test_many_plays_at_once_do_not_slip_past_the_bound(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "RUNS_PLAYING", Limit(2, "", ""))
    runs = [await sessions.create("ada", job()) for _ in range(5)]
    plays = [run.command("play", Play()) for run in runs]
    answers = await asyncio.gather(*plays, return_exceptions=True)
    assert sum(isinstance(answer, Refused) for answer in answers) == 3
    for run in runs:
        await sessions.delete("ada", run.id)


async def test_runs_are_spread_over_workers(sessions: Sessions) -> None:
    runs = [await sessions.create("ada", job()) for _ in range(4)]
    assert len({run.link for run in runs[:2]}) == 2
    await runs[0].command("play", Play())
    another = await sessions.create("ada", job())
    assert another.link is runs[1].link
    for run in (*runs, another):
        await sessions.delete("ada", run.id)


async def test_first_visits_share_one_run_that_nobody_commands(sessions: Sessions) -> None:
    one, two = await asyncio.gather(sessions.demo(), sessions.demo())
    assert one is two
    assert (one.state, one.preset, one.shared) == ("running", "mlp-circles", True)
    assert one.pace == pytest.approx(one.job.steps / SECONDS)
    assert sessions.get("anybody", one.id) is one
    assert one not in sessions.list("anybody", 0, 10)[0]
    with pytest.raises(Refused) as refused:
        await one.command("pause", Pause())
    assert refused.value.code == "shared-run"
    with pytest.raises(Refused) as refused:
        await sessions.delete("anybody", one.id)
    assert refused.value.code == "shared-run"
    copy = await one.fork("ada", None)
    await copy.command("step", Step())
    await sessions.delete("ada", copy.id)


async def test_a_finished_demo_is_followed_by_a_fresh_one(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    demo = await sessions.demo()
    demos = []
    for _ in range(limits.DEMOS_KEPT + 2):
        await demo.steer(Pause())
        assert demo.state == "paused"
        fresh = await sessions.demo()
        assert fresh is not demo
        demo = fresh
        demos.append(demo)
    assert sessions.get("anybody", demos[-limits.DEMOS_KEPT].id)
    with pytest.raises(NotFound):
        sessions.get("anybody", demos[0].id)
    await demo.steer(Pause())


async def test_a_job_that_cannot_be_run_is_refused(sessions: Sessions) -> None:
    wrong = job(dataset={"kind": "Glyphs"})
    with pytest.raises(Refused) as refused:
        await sessions.create("eve", wrong)
    assert refused.value.code == "job-refused"
    with pytest.raises(Refused) as refused:
        await sessions.create("eve", job(device="cuda"))
    assert refused.value.code == "no-device"
    assert sessions.list("eve", 0, 10) == ([], 0)
