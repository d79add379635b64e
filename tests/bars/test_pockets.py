"""The pocket twins of the papers' convolutional networks: how well and how soon they read digits."""

import json
import statistics
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from neurarium.datasets import DATASETS
from neurarium_models.graph import Graph
from neurarium_models.network import build_network
from tests.bars.table import Table
from tests.bars.test_quality import train

pytestmark = pytest.mark.bars

SUBJECT = "pockets"
SEEDS = (0, 1, 2)
BAR = 0.95
SECONDS = 60.0
"""Of one core, training alone."""


def held_out_accuracy(folder: Path) -> float:
    """The share of right answers, from the exported weights, on what the exported job holds out."""
    job = json.loads((folder / "job.json").read_text("utf-8"))
    network = build_network(Graph.model_validate(job["graph"]), seed=0)
    network.load_state_dict(load_file(folder / "weights.safetensors"))
    network.eval()
    held_out = DATASETS[job["dataset"]["kind"]].model_validate(job["dataset"]).draw(job["seed"])
    x, y = (torch.from_numpy(held_out.validation.arrays[name]) for name in ("x", "y"))
    with torch.no_grad():
        guess = network({"x": x})["y"].argmax(1)
    return float((guess == y).float().mean())


@pytest.mark.timeout(900)
@pytest.mark.parametrize("preset", ["alexnet", "vgg", "inception", "resnet"])
def test_a_pocket_twin_reads_digits_in_a_minute(preset: str, tmp_path: Path, table: Table) -> None:
    reached, seconds = [], []
    for seed in SEEDS:
        folder = tmp_path / str(seed)
        told = train(preset, seed, "--export", str(folder))
        assert told["state"] == "finished"
        reached.append(held_out_accuracy(folder))
        seconds.append(told["seconds"])
        assert told["baseline"]["linear"] < BAR
    worst, longest = min(reached), max(seconds)
    name = f"{preset}, {len(SEEDS)} seeds"
    table.note(1, f"{name}: held out, mean", f"{statistics.mean(reached):.1%}", SUBJECT)
    table.hold(
        1, f"{name}: held out, worst", f"{worst:.1%}", f"at least {BAR:.0%}", worst >= BAR, SUBJECT
    )
    table.hold(
        1, f"{name}: training, longest", f"{longest:.1f} s", f"at most {SECONDS:g} s",
        longest <= SECONDS, SUBJECT,
    )  # fmt: skip
