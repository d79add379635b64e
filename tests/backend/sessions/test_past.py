"""The past of a run in a real worker, beside the bare loop: steps are seen as they were, forks go on to the bit."""

import io
import random

import numpy as np
import pytest

from neurarium.sessions.control import Pause, Play, Step
from neurarium.sessions.session import Session
from neurarium.sessions.table import Sessions
from neurarium.training.command import AnyCommand, Change
from neurarium.training.run import Run
from tests.backend.sessions.house import preset, probe, stood
from tests.backend.sessions.store.test_restart import digest, undisturbed

pytestmark = pytest.mark.asyncio(loop_scope="session")

JOB = preset("lenet5", steps=200)
STEPS = 96
SEED = 7
Weights = dict[str, np.ndarray]


def bare(steps: list[int]) -> dict[int, Weights]:
    """What the bare loop has learned by some steps."""
    run, seen = Run(JOB, "cpu"), {}
    for step in range(1, max(steps) + 1):
        run.take()
        if step in steps:
            seen[step] = {n: p.detach().numpy().copy() for n, p in run.network.named_parameters()}
    return seen


async def weights(session: Session, step: int, node: str) -> Weights:
    """What a node has learned by a step, as the probe shows it."""
    document = await session.look(probe("weight", node=node), step, "npz")
    arrays = np.load(io.BytesIO(bytes(document)))
    return {n.removesuffix("/weight"): arrays[n] for n in arrays if n.endswith("/weight")}


async def trained(session: Session) -> Session:
    await session.command("go", Step(count=STEPS - session.step))
    await stood(session)
    return session


@pytest.mark.slow
async def test_random_past_steps_are_seen_as_they_were(sessions: Sessions) -> None:
    run = await trained(await sessions.create("ada", JOB))
    steps = random.Random(SEED).sample(range(1, STEPS), 5)
    expected = bare(steps)
    for control in (Pause(), Play()):
        await run.command(f"scrub-{control.kind}", control)
        for step in steps:
            seen = await weights(run, step, "conv1")
            assert set(seen) == {"conv1.weight", "conv1.bias"}
            for name, values in seen.items():
                assert np.array_equal(values, expected[step][name]), (step, name)
                before = expected[steps[steps.index(step) - 1]][name]
                assert not np.array_equal(values, before), (step, name)
    await sessions.delete("ada", run.id)


@pytest.mark.slow
async def test_a_fork_goes_on_to_the_bit_and_another_one_does_not(sessions: Sessions) -> None:
    run = await trained(await sessions.create("ada", JOB))
    middle = random.Random(SEED).randint(STEPS // 3, 2 * STEPS // 3)
    same, other = await run.fork("ada", middle), await run.fork("ada", middle)
    lr = JOB.optimizer.lr
    for number, rate in enumerate(
        (2 * lr, lr)
    ):  # one step differs, and the job at the end does not
        command: AnyCommand = Change(changes={"optimizer.lr": rate})
        await other.command(f"lr-{number}", command)
        await other.command(f"one-{number}", Step())
        await stood(other)
    await trained(same)
    await trained(other)
    assert same.job == other.job == run.job
    assert await digest(run) == await digest(same) == undisturbed(JOB, STEPS, {})
    assert await digest(other) != await digest(run)
    for session in (run, same, other):
        await sessions.delete("ada", session.id)
