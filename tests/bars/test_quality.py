"""Bar 3: held-out quality of the presets, by the command, on one core, recomputed from exported weights."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from neurarium.api.routes.presets import preset_job
from neurarium.training.job import Job
from neurarium.training.run import Run
from tests.bars.network import accuracy, forward
from tests.bars.table import Table

pytestmark = pytest.mark.bars

SEEDS = (0, 1, 2, 3)
ROWS = 4
"""Of a truth table: as many steps are an epoch, with one example each."""
FRESH = 1_000_003
"""A seed that no training has seen."""
BARS = {"mlp-circles": (0.97, 2.0), "mlp-xor": (0.97, 2.0), "mlp-spiral": (0.95, 10.0)}
"""Accuracy, and seconds of the processor in which it is to be reached."""


def train(preset: str, seed: int, *options: str) -> dict[str, Any]:
    """Train by the command; its last line is the answer."""
    command = [sys.executable, "-m", "neurarium", "train", preset, "--seed", str(seed), "--json"]
    done = subprocess.run([*command, *options], capture_output=True, text=True, check=True)
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("preset", BARS)
def test_a_pocket_network_learns_in_time(
    preset: str, seed: int, tmp_path: Path, table: Table
) -> None:
    wanted, seconds = BARS[preset]
    told = train(preset, seed, "--export", str(tmp_path))
    assert told["state"] == "finished"
    job = Job.model_validate_json((tmp_path / "job.json").read_bytes())
    learned, fresh = job.dataset.draw(seed).train.arrays, job.dataset.draw(FRESH + seed)
    x, y = (
        np.concatenate([fresh.train.arrays[name], fresh.validation.arrays[name]]) for name in "xy"
    )
    weights = (tmp_path / "weights.safetensors").read_bytes()
    reached = accuracy(forward(job.graph.model_dump(), weights, x), y)
    linear = LogisticRegression().fit(learned["x"], learned["y"]).score(x, y)
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
@pytest.mark.parametrize("gate", ["and", "or"])
def test_a_perceptron_learns_what_a_line_can_part(gate: str, seed: int, table: Table) -> None:
    told = train(f"perceptron-{gate}", seed, "--steps", str(ROWS * 10))
    reached = told["metrics"]["accuracy"]
    table.hold(
        3, f"perceptron-{gate}, seed {seed}: after 10 epochs", f"{reached:.0%} right",
        "all right", reached == 1,
    )  # fmt: skip


@pytest.mark.parametrize("seed", SEEDS)
def test_a_perceptron_never_learns_xor(seed: int, table: Table) -> None:
    job = preset_job("perceptron-xor")
    assert job is not None
    run = Run(job.model_copy(update={"seed": seed, "steps": ROWS * 100}))
    best = max(run.evaluate()["train_accuracy"] for _ in run)
    table.hold(
        3, f"perceptron-xor, seed {seed}: best of 100 epochs, after any step", f"{best:.0%} right",
        "never all right", best < 1,
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
