"""A run can be played, paused, stepped, paced, steered, rewound and forked; real workers, real training."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from itertools import count
from typing import Any

import numpy as np
import pytest
import pytest_asyncio
import safetensors.numpy

from neurarium.sessions import limits
from neurarium.sessions.control import Pause, Play, Rewind, Step
from neurarium.sessions.errors import NotFound, Refused
from neurarium.sessions.protocol import Event, Points
from neurarium.sessions.session import Session
from neurarium.sessions.table import Sessions
from neurarium.sessions.takeaway import export
from neurarium.training.command import AnyCommand, Change, SetWeight
from neurarium.training.run import Run
from tests.backend.sessions.house import (
    LONG,
    Spectator,
    is_complete,
    job,
    preset,
    probe,
    quickest,
    stood,
    until,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")
IDS = (f"c{number}" for number in count())
KINDS = ("boundary", "weight", "answer", "data", "batch", "hard", "hidden", "value", "grad", "unit")


@pytest_asyncio.fixture(loop_scope="session")
async def run(sessions: Sessions) -> AsyncIterator[Session]:
    session = await sessions.create("ada", job())
    yield session
    await sessions.delete("ada", session.id)


async def do(session: Session, command: AnyCommand | Play | Pause | Step | Rewind) -> int:
    return (await session.command(next(IDS), command))[0]


async def weights(session: Session) -> dict[str, np.ndarray]:
    return safetensors.numpy.load((await export(session, "safetensors"))[0])


async def test_a_new_run_waits(run: Session) -> None:
    assert (run.state, run.step, run.device, run.rate) == ("waiting", 0, "cpu", 0)
    assert run.parameters == 37
    assert run.snapshots == [0]


async def test_play_shows_a_point_within_300_ms_and_pause_stops(run: Session) -> None:
    ada = Spectator()
    run.watch(ada.viewer)

    async def play() -> None:
        known = len(ada.points("loss"))
        await do(run, Play())
        await until(lambda: len(ada.points("loss")) > known)

    async def pause() -> None:
        await do(run, Play())
        await until(lambda: run.rate > 0)
        start = time.perf_counter()
        step = await do(run, Pause())
        pauses.append(time.perf_counter() - start)
        assert (run.state, run.rate) == ("paused", 0)
        await until(lambda: ada.states[-2:] == ["running", "paused"])
        assert run.step == step == ada.points("loss")[-1][0]

    pauses: list[float] = []
    assert await quickest(play, 0.3) < 0.3
    assert ada.points("loss")[0] == (1, 1)
    for _ in range(5):
        await pause()
    assert min(pauses) < 0.15
    await ada.leave()


@pytest.mark.slow
async def test_metrics_stand_for_every_step_once(run: Session) -> None:
    ada = Spectator()
    run.watch(ada.viewer)
    await do(run, Play())
    await until(lambda: run.step > 3000)
    await do(run, Pause())
    for name in ("loss", "penalty", "lr"):
        points = ada.points(name)
        assert points[0][0] == points[0][1]
        assert points[-1][0] == run.step
        assert is_complete(points)
        assert run.log.series(name).steps == [step for step, _ in points]
    assert [out.record.seq for out in ada.records] == list(range(1, run.log.head + 1))
    assert run.log.history.names == [*("loss", "penalty", "lr"), *run.log.history.names[3:]]
    assert run.latest["train_accuracy"] == run.log.series("train_accuracy").values[-1][0]
    await ada.leave()


async def test_steps_of_one_example_one_minibatch_and_one_epoch(sessions: Sessions) -> None:
    run = await sessions.create("ada", job())
    epoch = len(run.job.dataset.draw(0).train)
    assert await do(run, Step(unit="example", count=3)) >= 0
    await stood(run)
    assert (run.step, run.state) == (3, "paused")
    assert run.epoch_of_data == pytest.approx(3 / epoch)
    await do(run, Step(count=2))
    await until(lambda: run.step == 5 and run.state == "paused")
    assert run.epoch_of_data == pytest.approx((3 + 2 * run.job.batch.size) / epoch)
    await do(run, Step(unit="epoch"))
    await until(lambda: run.epoch_of_data == 1 and run.state == "paused")
    await do(run, Step(unit="epoch", count=2))
    await until(lambda: run.epoch_of_data == 3 and run.state == "paused")
    await sessions.delete("ada", run.id)


async def rate(run: Session, steps: int) -> float:
    """Steps a second, measured over so many."""
    start, step = time.perf_counter(), run.step
    await until(lambda: run.step >= step + steps)
    return (run.step - step) / (time.perf_counter() - start)


@pytest.mark.slow
@pytest.mark.parametrize("pace", [50, 400])
async def test_a_pace_is_kept(run: Session, pace: int) -> None:
    await do(run, Play(pace=pace))
    await until(lambda: run.pace == pace)
    await rate(run, 5)
    rates = [await rate(run, pace)]
    while not 0.85 * pace <= rates[-1] < 1.1 * pace:  # other programs may hold the machine
        assert len(rates) < 12, rates
        rates.append(await rate(run, pace))


async def test_slow_motion_uses_no_processor(sessions: Sessions, run: Session) -> None:
    link = run.link
    await do(run, Play(pace=2))
    await until(lambda: run.step >= 2)
    assert link is not None
    assert link.ready.result().pid
    before, start = cpu(link.ready.result().pid), time.perf_counter()
    await until(lambda: run.step >= 4)
    assert cpu(link.ready.result().pid) - before < 0.2 * (time.perf_counter() - start)


def cpu(pid: int) -> float:
    with open(f"/proc/{pid}/stat") as file:  # noqa: PTH123 - not a file of a folder
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


async def test_a_learning_rate_takes_effect_at_the_next_step(run: Session) -> None:
    ada = Spectator()
    run.watch(ada.viewer)
    await do(run, Play())
    await until(lambda: run.step > 100)
    rates = iter([0.1, 0.09, 0.08, 0.07, 0.06, 0.05, 0.04, 0.03])

    async def change() -> None:
        lr = next(rates)
        await do(run, Change(changes={"optimizer.lr": lr}))
        await until(lambda: run.latest["lr"] == lr)

    assert await quickest(change, 0.15) < 0.15
    step, effect = await run.command(next(IDS), Change(changes={"optimizer.lr": 0.001}))
    assert effect is not None
    assert effect.step == step
    await until(lambda: run.latest["lr"] == 0.001)
    await do(run, Pause())
    lr = run.log.series("lr", first=step - 20, last=step + 200)
    before = [v[0] for s, v in zip(lr.steps, lr.values, strict=True) if s <= step]
    after = [v[0] for s, v, n in zip(lr.steps, lr.values, lr.counts, strict=True) if s - n >= step]
    assert set(before) != {0.001}
    assert set(after) == {0.001}
    journal = [event for event in ada.events if event.event == "journal"]
    assert journal[-1].effect == effect
    assert list(run.log.journal) == journal
    assert run.job.optimizer.lr == 0.001
    await ada.leave()


async def test_the_journal_lies_between_the_points_it_parts(run: Session) -> None:
    """What a log tells before a journal entry are the steps before it, and after it those after."""
    ada = Spectator()
    run.watch(ada.viewer)
    await do(run, Play())
    for number in range(5):
        await until(lambda: run.step > 50)
        await do(run, Change(changes={"optimizer.lr": 0.01 + number / 1000}))
    await do(run, Pause())
    reached, effects = 0, 0
    for out in ada.records:
        if hasattr(out.record, "series"):
            reached = max(reached, *out.record.series[0].steps)
        elif out.record.event == "journal":
            effects += 1
            assert out.record.step == reached
    assert effects == 5
    await ada.leave()


async def test_a_command_is_done_once_however_often_it_is_sent(run: Session) -> None:
    command = SetWeight(parameter="output.weight", index=(0, 0), value=0.5)
    first, second = await asyncio.gather(run.command("once", command), run.command("once", command))
    assert first == second == await run.command("once", command)
    assert len(run.log.journal) == 1
    with pytest.raises(Refused) as refused:
        await run.command("once", Pause())
    assert refused.value.code == "cmd-id-reused"
    assert (await weights(run))["output.weight"][0, 0] == 0.5


async def test_a_wrong_command_is_refused_and_changes_nothing(run: Session) -> None:
    before = await weights(run)
    for command in (
        Change(changes={"optimizer.lr": -1}),
        SetWeight(parameter="nowhere", index=(0,), value=1),
        Rewind(step=7),
    ):
        with pytest.raises(Refused, match=r".+\."):
            await do(run, command)
    assert run.state == "waiting"
    assert all((value == before[name]).all() for name, value in (await weights(run)).items())


async def test_a_finished_run_can_be_prolonged(sessions: Sessions) -> None:
    run = await sessions.create("ada", job(steps=20))
    await do(run, Play())
    await until(lambda: run.state == "finished")
    with pytest.raises(Refused) as refused:
        await do(run, Play())
    assert refused.value.code == "run-finished"
    await do(run, Change(changes={"steps": 30}))
    assert run.state == "paused"
    await do(run, Play())
    await until(lambda: run.state == "finished" and run.step == 30)
    await sessions.delete("ada", run.id)


async def test_a_run_that_diverges_says_why_and_goes_on_from_its_last_good_step(
    sessions: Sessions,
) -> None:
    run = await sessions.create("ada", preset("mlp-curve", optimizer={"kind": "SGD", "lr": 0.01}))
    await do(run, Step(count=3))
    await stood(run)
    await do(run, Change(changes={"optimizer.lr": 10}))
    await do(run, Play())
    await until(lambda: run.state == "diverged")
    assert run.reason is not None
    assert run.reason.startswith("diverged.")
    assert run.reason_values["step"] == run.step
    assert all(np.isfinite(value).all() for value in (await weights(run)).values())
    assert run.log.series("loss").steps[-1] == run.step
    await do(run, Rewind(step=3))
    assert (run.step, run.state) == (3, "paused")
    await do(run, Step(count=2))
    await until(lambda: run.step == 5)
    await sessions.delete("ada", run.id)


async def test_rewind_drops_what_came_after_and_training_repeats_itself(run: Session) -> None:
    ada = Spectator()
    run.watch(ada.viewer)
    await do(run, Step(count=60))
    await until(lambda: run.step == 60 and run.state == "paused")
    losses, there = run.log.series("loss").values, await weights(run)
    await do(run, Rewind(step=20))
    assert run.step == 20
    assert run.log.series("loss").steps[-1] == 20
    assert max(run.snapshots) <= 20
    await do(run, Step(count=40))
    await until(lambda: run.step == 60 and run.state == "paused")
    assert run.log.series("loss").values == losses
    assert all((value == there[name]).all() for name, value in (await weights(run)).items())
    assert [event.step for event in ada.events if event.event == "rewound"] == [20]
    await ada.leave()


async def test_a_fork_goes_on_alone_with_the_same_past(sessions: Sessions, run: Session) -> None:
    await do(run, Step(count=50))
    await until(lambda: run.step == 50 and run.state == "paused")
    fork = await run.fork("bob", 30)
    assert (fork.owner, fork.step, fork.state) == ("bob", 30, "paused")
    assert fork.log.series("loss").values == run.log.series("loss").values[:30]
    await fork.command("go", Step(count=20))
    await until(lambda: fork.step == 50 and fork.state == "paused")
    assert fork.log.series("loss").values == run.log.series("loss").values
    theirs = await weights(fork)
    assert all((value == theirs[name]).all() for name, value in (await weights(run)).items())
    with pytest.raises(NotFound):
        sessions.get("ada", fork.id)
    await sessions.delete("bob", fork.id)


async def test_the_worker_trains_bit_for_bit_as_the_bare_loop(sessions: Sessions) -> None:
    """Viewers, probes, pauses and other runs change no bit of a run."""
    alone = Run(job(steps=300), "cpu")
    for _ in alone:
        pass
    run, other = await sessions.create("ada", job(steps=300)), await sessions.create("ada", job())
    await do(other, Play())
    spectators = [Spectator() for _ in range(8)]
    for spectator in spectators:
        run.watch(spectator.viewer)
        for subscription, kind in enumerate(KINDS):
            run.subscribe(spectator.viewer, subscription, probe(kind))
    for _ in range(3):
        await do(run, Step(count=40))
        await stood(run)
        await run.look(probe("weight"), step=run.step // 2)
    await do(run, Play(pace=300))
    await until(lambda: run.state == "finished")
    seen = {shown.subscription for spectator in spectators for shown in spectator.frames}
    assert seen == set(range(len(KINDS)))
    bare = alone.network.state_dict()
    for name, value in (await weights(run)).items():
        assert (value == bare[name].numpy()).all(), name
    for spectator in spectators:
        await spectator.leave()
        sessions.leave(spectator.viewer)
    for session in (run, other):
        await sessions.delete("ada", session.id)


async def test_a_look_at_a_past_step_shows_that_step(run: Session) -> None:
    import msgspec

    await do(run, Step(count=40))
    await stood(run)
    frame = msgspec.msgpack.decode(await run.look(probe("weight"), step=10))
    assert (frame["step"], frame["run"], frame["type"]) == (10, run.id, "frame")
    document = json.loads(await run.look(probe("weight"), form="json"))
    assert document["step"] == 40
    assert (await run.look(probe("boundary"), form="png")).startswith(b"\x89PNG")
    assert (await run.look(probe("boundary"), form="npz")).startswith(b"PK")
    with pytest.raises(Refused) as refused:
        await run.look(probe("weight"), step=41)
    assert refused.value.code == "no-such-step"
    with pytest.raises(Refused) as refused:
        await run.look(probe("weight", node="nowhere"))
    assert refused.value.code == "probe-refused"


async def test_the_network_can_be_used(run: Session) -> None:
    await do(run, Step(unit="minibatch", count=20))
    await until(lambda: run.step == 20 and run.state == "paused")
    points = {"x": [[0.0, 0.0], [3.0, 3.0]]}
    outputs, now = await run.predict(points)
    before, then = await run.predict(points, 5)
    assert (now, then) == (run.step, 5)
    assert before != outputs
    with pytest.raises(Refused) as refused:
        await run.predict(points, 10_000)
    assert refused.value.code == "no-such-step"
    assert all(len(values) == 2 for values in outputs.values())
    many = {"x": [[0.0, 0.0]] * (limits.EXAMPLES_PREDICTED + 1)}
    wrong: list[Any] = [
        {},
        {"x": [[1.0]]},
        {"x": "text"},
        {"x": [[1.0, 2.0], [1.0]]},
        {"x": []},
        many,
    ]
    for inputs in wrong:
        with pytest.raises(Refused) as refused:
            await run.predict(inputs)
        assert refused.value.code == "inputs-refused"


async def test_a_run_can_be_taken_home(run: Session) -> None:
    document, media_type, name = await export(run, "job")
    assert json.loads(document)["steps"] == LONG
    assert (media_type, name) == ("application/json", f"{run.id}-job.json")
    tensors = await weights(run)
    assert sum(value.size for value in tensors.values()) == run.parameters


async def test_what_an_older_attempt_says_is_not_believed(run: Session) -> None:
    head, step = run.log.head, run.step
    run.hear(Event(run.id, run.attempt - 1, 99, 9.0, "state", state="finished"))
    run.hear(Points(run.id, run.attempt - 1, 99, 9.0, []))
    assert (run.log.head, run.step, run.state) == (head, step, "waiting")
    run.hear(Points(run.id, run.attempt, 99, 9.0, []))
    assert run.step == 99
