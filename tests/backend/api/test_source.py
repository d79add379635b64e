"""Graph and code over REST: one is the other, and what is none is explained."""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from neurarium.client import Client
from tests.backend.api.house import House
from tests.backend.api.service import Service


@pytest.fixture
def client(server: Service) -> Client:
    return server.client()


def test_the_source_of_a_run_is_its_graph(client: Client) -> None:
    made = client.create("mlp-circles")
    source = client.source(made["id"])
    assert source["name"] == "MLP"
    lines = source["text"].splitlines()
    assert len(lines) == len(source["nodes"])
    about = [
        line for line, nodes in zip(lines, source["nodes"], strict=True) if nodes == ["hidden1"]
    ]
    assert about == ["        self.hidden1 = nn.Linear(2, 4)", "        x = self.hidden1(x)"]
    reading = client.graph_of_source(source["text"])
    assert reading["problems"] == []
    assert reading["graph"] == made["job"]["graph"]
    assert (
        client.create(made["job"] | {"graph": reading["graph"]})["job"]["graph"] == reading["graph"]
    )


def test_what_is_no_network_is_named_by_line_and_column(house: House) -> None:
    text = "import os\nos.system('touch here')\n"
    answer = house.client().post("/api/v1/graph/source", json={"text": text})
    assert answer.status_code == 200
    assert answer.json()["graph"] is None
    problem: dict[str, Any] = answer.json()["problems"][0]
    assert (problem["line"], problem["column"]) == (1, 1)
    assert "never executed" in problem["message"]


def test_too_long_a_source_is_refused(house: House) -> None:
    answer = house.client().post("/api/v1/graph/source", json={"text": "#" * 200_001})
    assert answer.status_code == 422


def test_a_run_of_nobody_has_no_source(house: House) -> None:
    assert house.client().get("/api/v1/runs/nobody/source").status_code == 404


def test_a_run_is_taken_home_as_it_is_after_a_change(client: Client, tmp_path: Path) -> None:
    """The file holds job and weights of one moment, also right after the job has changed."""
    run = client.create("mlp-circles")["id"]
    client.change(run, {"loss": {"kind": "Hinge"}, "dataset.noise": 0.5})
    file = tmp_path / "taken.py"
    file.write_bytes(client.export(run, "pytorch"))
    done = subprocess.run([sys.executable, "-I", str(file)], check=True, capture_output=True)
    told = dict(line.split(": ") for line in done.stdout.decode().splitlines())
    client.step(run, "epoch", 1)
    assert float(told["validation_loss"]) > 0
    assert "clamp_min" in file.read_text("utf-8")
    notebook = json.loads(client.export(run, "notebook"))
    assert any("clamp_min" in cell["source"] for cell in notebook["cells"])


def test_what_comes_out_of_the_file_is_what_predict_answers(client: Client, tmp_path: Path) -> None:
    run = client.create("mlp-regression")["id"]
    client.step(run, count=30)
    deadline = time.monotonic() + 30
    while client.run(run)["step"] < 30:
        assert time.monotonic() < deadline
    file = tmp_path / "taken.py"
    file.write_bytes(client.export(run, "pytorch"))
    ask = "import runpy, sys; m = runpy.run_path(sys.argv[1]); import torch; n = m['trained']().eval(); "
    ask += "print(n(torch.tensor([[0.5, -1.0], [2.0, 1.0]])).flatten().tolist())"
    done = subprocess.run(
        [sys.executable, "-I", "-c", ask, str(file)], check=True, capture_output=True
    )
    answer = client.predict(run, x=[[0.5, -1.0], [2.0, 1.0]])["answer"]
    expected = [number for row in answer for number in row]
    assert json.loads(done.stdout) == pytest.approx(expected, abs=1e-6)
