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


@pytest.mark.parametrize("preset", ["lenet5", "resnet", "inception", "googlenet-paper"])
def test_any_graph_is_written_and_read_back(client: Client, preset: str) -> None:
    graph = client.preset(preset)["graph"]
    source = client.source_of_graph(graph, "the LeNet-5")
    assert source["name"] == "LeNet5"
    reading = client.graph_of_source(source["text"])
    assert reading["graph"] == graph
    assert len(reading["nodes"]) == len(source["text"].splitlines())


def test_sizes_that_do_not_fit_are_written_and_named(house: House) -> None:
    graph = house.client().get("/api/v1/presets/mlp-circles").json()["graph"]
    graph["nodes"][1] = {"id": "hidden1_tanh", "layer": {"kind": "Add"}, "inputs": ["hidden1", "x"]}
    answer = house.client().post("/api/v1/graph/source/write", json={"graph": graph})
    assert answer.status_code == 200
    assert answer.json()["problems"][0]["node"] == "hidden1_tanh"
    assert "nn.Linear(4, 4)" in answer.json()["text"]
    reading = house.client().post("/api/v1/graph/source", json={"text": answer.json()["text"]})
    assert reading.json()["graph"] is None


def test_what_is_not_connected_has_no_source(house: House) -> None:
    graph = house.client().get("/api/v1/presets/mlp-circles").json()["graph"]
    for inputs in (["nowhere"], ["hidden1"], ["x:port", "x"]):
        graph["nodes"][0]["inputs"] = inputs
        answer = house.client().post("/api/v1/graph/source/write", json={"graph": graph})
        assert (answer.status_code, answer.json()["code"]) == (422, "unfit-network")
        assert answer.json()["problems"][0]["node"] == "hidden1"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"graph": None},
        {"graph": {"nodes": []}},
        {"graph": {"inputs": {"x": {"axes": ["D"], "shape": [2]}}, "nodes": [{}], "outputs": {}}},
        {"name": "x"},
        {"more": 1},
        [],
        7,
    ],
)
def test_what_is_no_graph_is_refused_by_field(house: House, body: Any) -> None:
    answer = house.client().post("/api/v1/graph/source/write", json=body)
    assert answer.status_code == 422
    assert answer.json()["code"] == "invalid"


@pytest.mark.parametrize("route", ["graph/source", "graph/source/write"])
def test_only_json_is_read(house: House, route: str) -> None:
    for content, status in ((b"{", 400), (b'{"graph": NaN}', 400), (b"[" * 10_000, 422)):
        answer = house.client().post(
            f"/api/v1/{route}", content=content, headers={"Content-Type": "application/json"}
        )
        assert answer.status_code == status, content


def test_the_loop_follows_the_recipe(client: Client) -> None:
    run = client.create("mlp-circles")["id"]
    loop = client.loop(run)
    assert f"network = {client.source(run)['name']}()" in loop["text"]
    client.change(
        run, {"optimizer": {"kind": "SGD", "lr": 0.125, "momentum": 0.5}, "batch.size": 7}
    )
    loop = client.loop(run)
    lines = loop["text"].splitlines()
    assert len(lines) == len(loop["entries"])
    known = {
        line.strip(): entries
        for line, entries in zip(lines, loop["entries"], strict=True)
        if entries
    }
    assert (
        "optimizer.momentum"
        in known["optimizer = optim.SGD(network.parameters(), lr=0.125, momentum=0.5)"]
    )
    assert known['group["lr"] = 0.125 * factor(step)'] == ["optimizer.lr"]
    assert known["batch = min(7, count)"] == ["batch.policy", "batch.size"]
    client.change(run, {"rates.hidden1": 0})
    loop = client.loop(run)["text"]
    assert 'RATES = {"hidden1": 0.0}' in loop
    # What is read along is what is taken home.
    assert loop.rstrip() in client.export(run, "pytorch").decode()


@pytest.mark.slow
def test_every_entry_that_a_line_follows_is_one_of_the_job(client: Client) -> None:
    for preset in (item for item in client.presets() if item["job"]):
        made = client.create(preset["id"])
        entries = {entry for line in client.loop(made["id"])["entries"] for entry in line}
        assert {"optimizer.lr", "loss.kind", "batch.policy", "steps", "seed"} <= entries
        for entry in entries:
            value = made["job"]
            for key in entry.split("."):
                value = value[key]
        client.delete(made["id"])


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


@pytest.mark.slow
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


@pytest.mark.slow
def test_what_comes_out_of_the_file_is_what_predict_answers(client: Client, tmp_path: Path) -> None:
    run = client.create("mlp-regression")["id"]
    client.step(run, count=30)
    deadline = time.monotonic() + 60
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
