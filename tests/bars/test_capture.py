"""The computational graph: a deep network in time, the papers' sizes, and what it costs a run to be watched."""

import asyncio
import time

import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from neurarium.api.routes.presets import preset_job
from neurarium.capture.capture import capture
from neurarium.capture.document import Capture
from neurarium.sessions.control import Play
from neurarium_models.inspect import inspect
from neurarium_models.network import build_network
from neurarium_models.preset import PRESETS
from tests.backend.capture.steps import transformer
from tests.backend.sessions.house import Spectator, one_worker, preset, probe, until
from tests.bars.table import Table

pytestmark = pytest.mark.bars

PAPER = [name for name in PRESETS if PRESETS[name].size == "paper" and PRESETS[name].job]
EXAMPLES = 2
SECONDS = 5.0
SHARE = 0.04
BLOCKS = 12


@pytest.mark.parametrize("name", PAPER)
def test_a_papers_network_is_captured_without_a_number(name: str) -> None:
    job = preset_job(name)
    assert job is not None
    with FakeTensorMode():
        network = build_network(job.graph)
        batch = {key: torch.empty(EXAMPLES, *spec.shape) for key, spec in job.graph.inputs.items()}
        batch["y"] = torch.empty(EXAMPLES, dtype=torch.int64)
    document = capture(network, job, batch, "minibatch")
    inspection = inspect(job.graph)
    assert sum(op.flops for op in document.forward) == EXAMPLES * inspection.flops
    assert set(document.gradients) == {path for path, _ in network.named_parameters()}
    computed = {place.path for place in network.places}
    assert {op.node for op in document.forward if op.node} <= computed


async def test_a_deep_transformer_is_captured_in_time_and_no_run_waits(table: Table) -> None:
    async with one_worker() as sessions:
        other = await sessions.create("ada", preset("mlp-circles"))
        await other.command("play", Play())
        await until(lambda: other.step > 1000)
        deep = await sessions.create("ada", transformer(BLOCKS).job)
        await deep.captures.get("example")  # the tracer is loaded
        alone = await steps_in(other, SECONDS)
        start = time.perf_counter()
        work = asyncio.create_task(deep.captures.get("minibatch"))
        before = other.step
        document = Capture.model_validate_json(await work)
        seconds = time.perf_counter() - start
        rate = (other.step - before) / seconds
    assert len({op.node.split(".")[1] for op in document.forward if "." in op.node}) == BLOCKS
    table.hold(
        3, f"capture of {BLOCKS} blocks", f"{seconds:.1f} s", f"{SECONDS:g} s", seconds <= SECONDS
    )
    table.note(3, "steps of another run meanwhile", f"{rate / alone:.0%} of those alone")


async def steps_in(session: object, seconds: float) -> float:
    before = session.step  # type: ignore[attr-defined]
    await asyncio.sleep(seconds)
    return float((session.step - before) / seconds)  # type: ignore[attr-defined]


async def test_being_watched_costs_a_run_little(table: Table) -> None:
    async with one_worker() as sessions:
        run = await sessions.create("ada", preset("lenet5"))
        ada = Spectator()
        run.subscribe(ada.viewer, 1, probe("operations"))
        await until(lambda: ada.frames, 60)
        await run.command("play", Play())
        link = run.link
        assert link is not None
        assert link.pulse is not None
        start = link.pulse
        await asyncio.sleep(20)
        end, frames = link.pulse, len(ada.frames)
        await ada.leave()
    looking = end.seconds_looking - start.seconds_looking
    training = end.seconds_training - start.seconds_training
    share = looking / training
    table.hold(
        3,
        "the graph with its numbers",
        f"{share:.2%}",
        f"at most {SHARE:.0%}",
        share <= SHARE * 1.05,
    )
    table.note(3, "frames of it in 20 s", str(frames))
    assert frames > 1
