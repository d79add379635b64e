"""What `lenet5` has to learn, by the command that people use.

Accuracy is computed anew from the weights that the command wrote, by a network that is written out here.
"""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from neurarium.datasets import DATASETS
from tests.backend.training.test_quality import train

BAR = 0.98
SECONDS = 20.0
"""Of one core, training alone."""
LAYERS = {"0": "conv1", "3": "conv2", "6": "conv3", "9": "dense1", "11": "output"}


def held_out_accuracy(folder: Path) -> float:
    """The share of right answers of LeNet-5, as torch spells it, on what the exported job holds out."""
    net = nn.Sequential(
        nn.Conv2d(1, 6, 5), nn.Tanh(), nn.AvgPool2d(2),
        nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2),
        nn.Conv2d(16, 120, 5), nn.Tanh(), nn.Flatten(),
        nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, 10),
    )  # fmt: skip
    weights = load_file(folder / "weights.safetensors")
    state = {
        f"{place}.{part}": weights[f"{name}.{part}"]
        for place, name in LAYERS.items()
        for part in ("weight", "bias")
    }
    net.load_state_dict(state)
    job = json.loads((folder / "job.json").read_text("utf-8"))
    dataset = DATASETS[job["dataset"]["kind"]].model_validate(job["dataset"])
    held_out = dataset.draw(job["seed"]).validation
    with torch.no_grad():
        guess = net(torch.from_numpy(held_out.arrays["x"])).argmax(1)
    return float((guess == torch.from_numpy(held_out.arrays["y"])).float().mean())


@pytest.mark.slow
def test_lenet_reads_digits(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result = train("lenet5", tmp_path, capsys)
    assert result["seconds"] <= SECONDS
    reached = held_out_accuracy(tmp_path)
    assert reached >= BAR
    assert reached == pytest.approx(result["metrics"]["validation_accuracy"], abs=0.003)
    assert result["baseline"]["linear"] < 0.95


@pytest.mark.slow
def test_lenet_knows_nothing_before(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The negative control: without training there is no accuracy."""
    train("lenet5", tmp_path, capsys, "--steps", "1")
    assert held_out_accuracy(tmp_path) < 0.5
