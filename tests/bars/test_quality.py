"""Bar 3: held-out quality of the presets, by the command, on one core, recomputed from exported weights."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from neurarium.api.routes.presets import preset_job
from neurarium.training.run import Run
from tests.backend.training.test_quality import FRESH, accuracy
from tests.bars.table import Table

pytestmark = pytest.mark.bars

SEEDS = (0, 1, 2, 3)
ROWS = 4
"""Of a truth table: as many steps are an epoch, with one example each."""
BARS = {"mlp-circles": (0.97, 2.0), "mlp-xor": (0.97, 2.0), "mlp-spiral": (0.95, 10.0)}
"""Accuracy, and seconds of the processor in which it is to be reached."""


def train(preset: str, seed: int, *options: str) -> dict[str, Any]:
    """Train by the command, in a process of its own; its last line is the answer."""
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
    job = json.loads((tmp_path / "job.json").read_text("utf-8"))
    reached = accuracy(tmp_path, job, FRESH + seed)
    name = f"{preset}, seed {seed}"
    for key, words in (("chance", "chance"), ("linear", "a straight line")):
        table.note(3, f"{name}: {words}", f"{told['baseline'][key]:.1%}")
    table.hold(
        3, f"{name}: training", f"{told['seconds']:.2f} s", f"at most {seconds:g} s",
        told["seconds"] <= seconds,
    )  # fmt: skip
    table.hold(
        3, f"{name}: fresh data", f"{reached:.1%}", f"at least {wanted:.0%}", reached >= wanted
    )
    assert told["baseline"]["linear"] < wanted


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
