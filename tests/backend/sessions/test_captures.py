"""The computational graph of a run: captured elsewhere, kept, handed to the worker; walked through by a person."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import numpy as np
import pytest
import pytest_asyncio

from neurarium.capture.document import Capture
from neurarium.capture.scalar_graph import scalar_graph
from neurarium.sessions import limits
from neurarium.sessions.control import Pause, Play, Step
from neurarium.sessions.errors import Refused
from neurarium.sessions.limits import Limit
from neurarium.sessions.session import Session
from neurarium.sessions.table import Sessions
from neurarium.sessions.walk import Walk
from neurarium.training.command import Change
from tests.backend.sessions.house import Spectator, job, preset, probe, stood, until

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def run(sessions: Sessions) -> AsyncIterator[Session]:
    session = await sessions.create("ada", job())
    yield session
    await sessions.delete("ada", session.id)


async def capture(run: Session) -> Capture:
    return Capture.model_validate_json(await run.captures.get("minibatch"))


def frame(spectator: Spectator) -> dict[str, Any]:
    """The newest frame, with its arrays by name and node."""
    message: dict[str, Any] = msgspec.msgpack.decode(spectator.frames[-1].frame)
    kinds = {"uint8": "u1", "int32": "<i4", "float32": "<f4", "float64": "<f8"}
    message["arrays"] = {
        (a["name"], a["node"]): np.frombuffer(a["data"], kinds[a["dtype"]]).reshape(a["shape"])
        for a in message["arrays"]
    }
    return message


async def step(run: Session, count: int = 1, unit: Any = "operation") -> Walk | None:
    await run.command(f"step{run.log.head}/{count}", Step(unit=unit, count=count))
    return run.walk


async def change(run: Session, **changes: Any) -> None:
    await run.command(f"change{run.log.head}", Change(changes=changes))


@pytest.mark.slow
async def test_it_is_captured_once_until_what_it_follows_from_changes(run: Session) -> None:
    first, again = await asyncio.gather(
        run.captures.get("minibatch"), run.captures.get("minibatch")
    )
    assert first is again
    await change(run, **{"optimizer.lr": 0.01})
    assert await run.captures.get("minibatch") is first
    await change(run, loss={"kind": "Hinge"})
    await until(lambda: run.job.loss.kind == "Hinge")
    other = await capture(run)
    assert other.key != Capture.model_validate_json(first).key
    assert any(operation.title == "clamp_min" for operation in other.forward)
    alone = Capture.model_validate_json(await run.captures.get("example"))
    assert (alone.examples, other.examples) == (1, run.job.batch.size)


async def test_who_watches_sees_the_step_before_it_is_taken(run: Session) -> None:
    ada = Spectator()
    run.watch(ada.viewer)
    run.subscribe(ada.viewer, 1, probe("operations", values=["hidden1.weight"]))
    assert run.link is not None
    await until(lambda: ada.frames)
    before = frame(ada)
    document = await capture(run)
    assert before["details"]["key"] == document.key
    assert before["arrays"]["mean", ""].shape == (len(document.values),)
    await run.command("one", Step())
    await until(lambda: run.step == 1 and run.state == "paused")
    assert before["reading"]["values"]["loss"] == pytest.approx(
        run.latest["loss"] + run.latest["penalty"], abs=1e-6
    )
    await until(lambda: frame(ada)["step"] == 1)
    moved = frame(ada)["arrays"]["value", "hidden1.weight"]
    assert (moved != before["arrays"]["value", "hidden1.weight"]).any()
    await change(run, regulariser={"kind": "L2", "strength": 0.1})
    await until(lambda: frame(ada)["details"]["key"] != document.key)
    assert frame(ada)["details"]["key"] == (await capture(run)).key
    assert frame(ada)["arrays"]["rms", ""].shape == (len((await capture(run)).values),)
    run.watches.leave(ada.viewer)
    await ada.leave()


async def test_asked_once_it_is_the_same_at_a_past_step(run: Session) -> None:
    await run.command("three", Step(count=3))
    await stood(run)
    now = json.loads(await run.look(probe("operations", extent="example"), None, "json"))
    then = json.loads(await run.look(probe("operations", extent="example"), 1, "json"))
    assert (then["step"], now["step"]) == (1, 3)
    assert then["example"] == now["example"]
    assert then["details"] == now["details"]
    assert then["reading"] != now["reading"]
    with pytest.raises(Refused, match="no value of the id `nowhere`"):
        await run.look(probe("operations", values=["nowhere"]), None, "json")


async def test_too_deep_a_network_is_refused(run: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "LAYERS_CAPTURED", Limit(2, "layers", "refused"))
    ada = Spectator()
    run.subscribe(ada.viewer, 1, probe("operations"))
    with pytest.raises(Refused, match=r"The network has 6 layers; .* at most 2\."):
        await run.captures.get("minibatch")
    await until(lambda: any("6 layers" in out.detail for out in ada.unseen))
    run.watches.leave(ada.viewer)
    await ada.leave()


async def test_one_goes_on_and_back_and_at_the_end_the_step_is_taken(run: Session) -> None:
    ada = Spectator()
    run.watch(ada.viewer)
    count = len(scalar_graph(run.job).steps)
    assert run.walk is None
    start = Walk(at=0, of=count, level="scalars", extent="example")
    assert await step(run, 0) == start
    assert await step(run, 3) == start.model_copy(update={"at": 3})
    assert await step(run, -2) == start.model_copy(update={"at": 1})
    assert await step(run, -10_000) == start
    assert (run.step, run.state) == (0, "waiting")
    await step(run, count - 1)
    assert run.step == 0
    assert await step(run, 1 + 2 * count + 5) == start.model_copy(update={"at": 5})
    await until(lambda: run.step == 3 and run.state == "paused")
    assert run.walk == start.model_copy(update={"at": 5})
    await until(lambda: len(ada.states) >= 7)
    assert [e.operation.at for e in ada.events if e.operation][:5] == [0, 3, 1, 0, count - 1]
    assert ada.events[-1].operation == run.walk


async def test_a_network_of_too_many_numbers_is_walked_through_by_operations(
    sessions: Sessions,
) -> None:
    run = await sessions.create("ada", preset("mlp-spiral"))
    document = await capture(run)
    count = len(document.forward) + len(document.backward) + 1
    assert await step(run, 3) == Walk(at=3, of=count, level="operations", extent="minibatch")
    await sessions.delete("ada", run.id)


async def test_every_other_control_ends_it_and_it_ends_playing(run: Session) -> None:
    await run.command("play", Play())
    await until(lambda: run.step > 5)
    walk = await step(run, 2)
    await until(lambda: run.state == "paused")
    assert walk is not None
    assert run.walk == walk
    taken = run.step
    await change(run, **{"optimizer.lr": 0.2})
    assert run.walk == walk
    await run.command("next", Step())
    await until(lambda: run.step == taken + 1 and run.state == "paused")
    assert run.walk is None
    await step(run, 2)
    await run.command("pause", Pause())
    assert run.walk is None


async def test_only_operations_can_be_gone_back() -> None:
    with pytest.raises(ValueError, match="Only operation by operation"):
        Step(unit="minibatch", count=-1)
    with pytest.raises(ValueError, match="Only operation by operation"):
        Step(count=0)
