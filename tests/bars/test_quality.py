"""Bar 3: held-out quality of the presets, by the command, on one core, recomputed from exported weights."""

import json
import subprocess
import sys
import time
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from neurarium.api.routes.presets import preset_job
from neurarium.training.job import Job
from neurarium_models.preset import PRESETS
from tests.backend.api.service import Service
from tests.bars.network import accuracy, forward
from tests.bars.table import Table

pytestmark = pytest.mark.bars

SEEDS = (0, 1, 2, 3)
FRESH = 1_000_003
"""A seed that no training has seen."""
BARS = {"mlp-circles": (0.97, 2.0), "mlp-xor": (0.97, 2.0), "mlp-spiral": (0.95, 10.0)}
"""Accuracy, and seconds of the processor in which it is to be reached."""


def train(preset: str, *options: str) -> dict[str, Any]:
    """Train by the command; its last line is the answer."""
    command = [sys.executable, "-m", "neurarium", "train", preset, "--json", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def finished(server: Service, preset: str, seed: int) -> tuple[Job, bytes]:
    """Train the same job on the server, and take its weights home."""
    client = server.client()
    run = client.create(preset, {"seed": seed})["id"]
    client.play(run)
    while client.run(run)["state"] == "running":
        time.sleep(0.02)
    weights = client.export(run, "safetensors")
    client.delete(run)
    job = preset_job(preset)
    assert job is not None
    return job.model_copy(update={"seed": seed}), weights


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("preset", BARS)
def test_a_pocket_network_learns_in_time(
    preset: str, seed: int, server: Service, table: Table
) -> None:
    wanted, seconds = BARS[preset]
    told = train(preset, "--set", f"seed={seed}")
    assert told["state"] == "finished"
    job, weights = finished(server, preset, seed)
    train_set, fresh = job.dataset.draw(seed).train.arrays, job.dataset.draw(FRESH + seed)
    x = np.concatenate([part.arrays["x"] for part in (fresh.train, fresh.validation)])
    y = np.concatenate([part.arrays["y"] for part in (fresh.train, fresh.validation)])
    reached = accuracy(forward(PRESETS[preset].graph.model_dump(), weights, x), y)
    linear = LogisticRegression().fit(train_set["x"], train_set["y"]).score(x, y)
    table.note(3, f"{preset}, seed {seed}: chance", f"{np.bincount(y).max() / len(y):.1%}")
    table.note(3, f"{preset}, seed {seed}: a straight line", f"{linear:.1%}")
    table.hold(
        3, f"{preset}, seed {seed}: seconds", f"{told['seconds']:.2f} s", f"at most {seconds:g} s",
        told["seconds"] <= seconds,
    )  # fmt: skip
    table.hold(
        3, f"{preset}, seed {seed}: fresh data", f"{reached:.1%}", f"at least {wanted:.0%}",
        reached >= wanted,
    )  # fmt: skip
    assert linear < wanted


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("gate", "epochs", "learns"), [("and", 10, True), ("or", 10, True), ("xor", 100, False)]
)
def test_a_perceptron_learns_what_a_line_can_part(
    gate: str, epochs: int, learns: bool, seed: int, table: Table
) -> None:
    steps = 4 * epochs  # one row of the truth table each
    told = train(f"perceptron-{gate}", "--set", f"seed={seed}", "--steps", str(steps))
    reached = told["metrics"]["accuracy"]
    table.hold(
        3, f"perceptron-{gate}, seed {seed}: {epochs} epochs", f"{reached:.0%} right",
        "all right" if learns else "never all right", (reached == 1) == learns,
    )  # fmt: skip


def test_the_three_gates_differ_in_their_data_alone() -> None:
    documents = []
    for gate in ("and", "or", "xor"):
        job = preset_job(f"perceptron-{gate}")
        assert job is not None
        document = job.model_dump(exclude={"title"})
        assert document["dataset"].pop("gate") == gate
        documents.append(document)
    assert documents[0] == documents[1] == documents[2]
