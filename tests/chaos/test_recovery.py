"""Every optimiser with every kind of network: workers die, commands come in between, and no bit is another."""

import os
import random
import signal
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from neurarium.sessions import limits
from neurarium.sessions.control import Play
from neurarium.sessions.session import Session
from neurarium.sessions.store.store import Store
from neurarium.sessions.table import Sessions
from neurarium.training.command import AnyCommand, Change
from neurarium.training.job import Job
from tests.backend.sessions.house import insist, until
from tests.backend.sessions.store.test_restart import digest, has_no_gap, undisturbed
from tests.backend.training.jobs import make_job, mlp

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.usefixtures("shared_forks")]

STEPS = 240
KILLS = 6
OPTIMIZERS: dict[str, dict[str, Any]] = {
    "SGD": {"kind": "SGD", "lr": 0.05},
    "momentum": {"kind": "SGD", "lr": 0.02, "momentum": 0.9},
    "Adam": {"kind": "Adam", "lr": 0.01},
    "AdamW": {"kind": "AdamW", "lr": 0.01},
    "RMSprop": {"kind": "RMSprop", "lr": 0.005},
}
NETWORKS = ("dense", "convolution", "BatchNorm", "Dropout", "augmentation")
PAIRS = tuple(product(OPTIMIZERS, NETWORKS))
SOME = tuple(
    (rule, NETWORKS[(place + by) % len(NETWORKS)])
    for place, rule in enumerate(OPTIMIZERS)
    for by in (0, 2)
)
"""Each optimiser with two networks, and each network with two optimisers."""


def images(name: str) -> dict[str, Any]:
    """A small network for digits, with one thing in it that a resumed run might get wrong."""
    layers = [
        {"kind": "RandomAffine"} if name == "augmentation" else {"kind": "Identity"},
        {"kind": "Conv2d", "out_channels": 2, "kernel_size": 5, "stride": 4},
        {"kind": "BatchNorm2d"} if name == "BatchNorm" else {"kind": "Tanh"},
        {"kind": "Dropout", "p": 0.3} if name == "Dropout" else {"kind": "ReLU"},
        {"kind": "Flatten"},
        {"kind": "Linear", "out_features": 10},
    ]
    nodes = [
        {"id": f"layer{place}", "layer": layer, "inputs": [f"layer{place - 1}" if place else "x"]}
        for place, layer in enumerate(layers)
    ]
    return {
        "inputs": {"x": {"axes": ["C", "H", "W"], "shape": [1, 32, 32]}},
        "nodes": nodes,
        "outputs": {"y": nodes[-1]["id"]},
    }


def trial(optimizer: str, network: str) -> Job:
    rule = OPTIMIZERS[optimizer]
    if network == "dense":
        return make_job(graph=mlp(), optimizer=rule, steps=STEPS)
    return make_job(
        graph=images(network),
        dataset={"kind": "PenDigits", "samples": 100},
        optimizer=rule,
        steps=STEPS,
    )


def kill(sessions: Sessions, index: int) -> None:
    link = sessions.links[index % len(sessions.links)]
    if link.is_ready:
        os.kill(link.ready.result().pid, signal.SIGKILL)


def is_over(runs: list[Session]) -> bool:
    return all(run.state not in ("running", "waiting") for run in runs)


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.parametrize(
    "pairs", [pytest.param(SOME, id="some"), pytest.param(PAIRS, id="all", marks=pytest.mark.bars)]
)
async def test_no_bit_is_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pairs: tuple[tuple[str, str], ...]
) -> None:
    monkeypatch.setattr(limits, "RESTARTS", limits.Limit(10_000, "", ""))
    monkeypatch.setattr(limits, "DEATHS", limits.Limit(10_000, "", ""))
    chance = random.Random(1)
    trials = {pair: trial(*pair) for pair in pairs}
    given: dict[tuple[str, str], dict[int, AnyCommand]] = {pair: {} for pair in trials}
    sessions = Sessions(workers=2, device="cpu", store=Store(tmp_path))
    await sessions.start()
    try:
        await until(lambda: sessions.ready, 60)
        runs = {pair: await sessions.create("ada", job) for pair, job in trials.items()}
        for run in runs.values():
            await insist(partial(run.command, "play", Play(pace=STEPS / 6)))
        for number in range(KILLS):
            goal = STEPS * (number + 1) // (KILLS + 2)
            await until(partial(has_come, runs[chance.choice(list(runs))], goal), 100)
            for pair, run in runs.items():
                if number in (1, 4) and run.state == "running":
                    change = Change(changes={"optimizer.lr": round(0.01 / (number + 1), 4)})
                    at, _ = await insist(partial(run.command, f"slower-{number}", change))
                    given[pair][at] = change
            kill(sessions, number)
        await until(lambda: is_over(list(runs.values())), 200)
        for pair, run in runs.items():
            assert (run.state, run.step) == ("finished", STEPS)
            assert has_no_gap(run)
            assert await insist(partial(digest, run)) == undisturbed(
                trials[pair], STEPS, given[pair]
            ), pair
        assert sum(run.attempt - 1 for run in runs.values()) > len(runs)
        assert sum(map(bool, given.values())) > len(given) / 2  # some end before they are told
    finally:
        await sessions.stop()


def has_come(run: Session, step: int) -> bool:
    return run.step >= step or run.state != "running"
