"""What the presets have to learn, by the command that people use.

Accuracy is computed anew by NumPy, from the weights that the command wrote, on points that no training has seen.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
from numpy.typing import NDArray

from neurarium.__main__ import main
from neurarium.datasets import DATASETS

FRESH = 1_000_003
BENDS: dict[str, Callable[[NDArray[Any]], NDArray[Any]]] = {
    "Tanh": np.tanh,
    "ReLU": lambda x: np.maximum(x, 0),
    "Sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "Step": lambda x: np.where(x >= 0, 1.0, -1.0),
    "Flatten": lambda x: x.reshape(len(x), -1),
}


def train(
    preset: str, folder: Path, capsys: pytest.CaptureFixture[str], *options: str
) -> dict[str, Any]:
    """Run the command; return what it prints last, and the job that it wrote beside the weights."""
    status = main(["train", preset, "--json", "--export", str(folder), *options])
    result: dict[str, Any] = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (status, result["state"]) == (0, "finished")
    return result | {"job": json.loads((folder / "job.json").read_text())}


def answers(folder: Path, job: dict[str, Any], x: NDArray[Any]) -> NDArray[Any]:
    """Put inputs through the exported network, layer after layer."""
    weights = safetensors.numpy.load_file(folder / "weights.safetensors")
    for node in job["graph"]["nodes"]:
        if node["layer"]["kind"] == "Linear":
            x = x @ weights[f"{node['id']}.weight"].T + weights[f"{node['id']}.bias"]
        else:
            x = BENDS[node["layer"]["kind"]](x)
    return x


def accuracy(folder: Path, job: dict[str, Any], seed: int = FRESH) -> float:
    """The share of right answers on points that are drawn for this alone."""
    dataset = DATASETS[job["dataset"]["kind"]].model_validate(job["dataset"])
    examples = dataset.draw(seed)
    right = []
    for split in (examples.train, examples.validation):
        y = answers(folder, job, split.arrays["x"])
        guess = y[:, 0] > 0 if y.shape[1] == 1 else y.argmax(1)
        right.append(guess == split.arrays["y"])
    return float(np.concatenate(right).mean())


@pytest.mark.parametrize(
    ("preset", "least", "seconds", "line"),
    [
        ("mlp-circles", 0.97, 2, 0.65),
        ("mlp-xor", 0.97, 2, 0.70),
        ("mlp-spiral", 0.95, 10, 0.70),
        ("mlp-blobs", 0.90, 2, 1.0),
        ("perceptron-mark1", 0.90, 10, 1.0),
    ],
)
def test_presets_reach_their_quality_in_time(
    preset: str,
    least: float,
    seconds: float,
    line: float,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    result = train(preset, tmp_path, capsys)
    assert result["seconds"] <= seconds
    assert result["metrics"]["validation_accuracy"] >= least
    assert accuracy(tmp_path, result["job"]) >= least
    assert result["baseline"]["linear"] <= line
    assert result["baseline"]["chance"] <= 0.6


def test_quality_is_learned(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The negative control: without training there is none."""
    result = train("mlp-circles", tmp_path, capsys, "--steps", "1")
    assert accuracy(tmp_path, result["job"]) < 0.8


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("gate", ["and", "or"])
def test_a_perceptron_learns_and_and_or_in_ten_epochs(
    gate: str, seed: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = train(f"perceptron-{gate}", tmp_path, capsys, "--steps", "40", "--seed", str(seed))
    assert result["epoch"] == 10
    assert result["metrics"]["accuracy"] == 1
    assert truth_table(tmp_path, result["job"]) == {"and": [0, 0, 0, 1], "or": [0, 1, 1, 1]}[gate]


@pytest.mark.parametrize("steps", [*range(4, 41, 4), 200, 399, 400])
def test_a_perceptron_never_learns_xor(
    steps: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = train("perceptron-xor", tmp_path, capsys, "--steps", str(steps))
    assert truth_table(tmp_path, result["job"]) != [0, 1, 1, 0]
    assert result["metrics"]["accuracy"] < 1


def truth_table(folder: Path, job: dict[str, Any]) -> list[int]:
    corners = np.array([(-1.0, -1.0), (-1.0, 1.0), (1.0, -1.0), (1.0, 1.0)])
    return [int(y > 0) for y in answers(folder, job, corners)[:, 0]]


def test_the_three_jobs_differ_in_the_data_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    jobs = {
        gate: train(f"perceptron-{gate}", tmp_path, capsys, "--steps", "4")["job"]
        for gate in ("and", "or", "xor")
    }
    for gate, job in jobs.items():
        assert job.pop("title").endswith(gate.upper())
        assert job["dataset"].pop("gate") == gate
    assert jobs["and"] == jobs["or"] == jobs["xor"]


def test_a_curve_is_fitted_better_than_by_any_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = train("mlp-curve", tmp_path, capsys)
    baseline = result["baseline"]
    error = result["metrics"]["validation_squared_error"]
    assert error < baseline["linear"] / 3
    assert baseline["linear"] < baseline["chance"] * 1.2
