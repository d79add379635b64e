"""A run whose network was edited goes on bit for bit when its worker dies, and when the server starts again."""

import os
import signal
from functools import partial
from pathlib import Path

import pytest

from neurarium.sessions.control import Play
from neurarium.sessions.session import Session
from neurarium.sessions.store.store import Store
from neurarium.sessions.table import Sessions
from neurarium.training.command import AnyCommand, EditGraph
from neurarium_models.graph import Graph
from tests.backend.sessions.house import Spectator, until
from tests.backend.sessions.store.test_restart import digest, undisturbed
from tests.backend.training.jobs import activation, graph, linear, make_job

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.usefixtures("shared_forks")]

STEPS = 600


def network(*widths: int) -> EditGraph:
    nodes, last = [], "x"
    for number, width in enumerate(widths):
        nodes += [linear(f"l{number}", width, last), activation(f"b{number}", "ReLU", f"l{number}")]
        last = f"b{number}"
    return EditGraph(graph=Graph.model_validate(graph(*nodes, linear("output", 1, last))))


def has_come(run: Session, step: int) -> bool:
    return run.step >= step


def is_again(run: Session, attempt: int) -> bool:
    return run.attempt > attempt


@pytest.mark.slow
async def test_workers_and_server_end_behind_an_edit(tmp_path: Path) -> None:
    job = make_job(
        graph=network(4).graph.model_dump(mode="json"),
        optimizer={"kind": "Adam", "lr": 0.01},
        steps=STEPS,
    )
    given: dict[int, AnyCommand] = {}
    sessions = Sessions(workers=1, device="cpu", store=Store(tmp_path))
    await sessions.start()
    try:
        await until(lambda: sessions.ready, 60)
        run = await sessions.create("ada", job)
        viewer = Spectator()
        run.watch(viewer.viewer)
        await run.command("play", Play(pace=STEPS / 3))
        for number, command in enumerate((network(9, 9), network(3, 9))):
            goal = run.step + 40
            await until(partial(has_come, run, goal), 60)
            step, effect = await run.command(f"edit-{number}", command)
            assert effect is not None
            given[step] = command
            attempt = run.attempt
            assert run.link is not None
            os.kill(run.link.ready.result().pid, signal.SIGKILL)
            await until(partial(is_again, run, attempt), 60)
            assert run.job.graph == command.graph
        await until(lambda: run.state == "finished", 100)
        assert not [e for e in viewer.events if e.event == "determinism_violation"]
        found = undisturbed(job, STEPS, given)
        assert await digest(run) == found != undisturbed(job, STEPS, {})
        await viewer.leave()
        name = run.id
    finally:
        await sessions.stop()

    again = Sessions(workers=1, device="cpu", store=Store(tmp_path))
    await again.start()
    try:
        await until(lambda: again.ready, 60)
        run = again.get("ada", name)
        assert run.job.graph == network(3, 9).graph
        assert await digest(run) == found
    finally:
        await again.stop()
