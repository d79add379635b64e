"""The life of a run by REST, with a real server and a real worker; nobody else sees it."""

import io
import json
import time
from typing import Any

import httpx
import numpy as np
import pytest
import safetensors.numpy

from neurarium.client import Client, ProblemError
from tests.backend.api.service import Service


@pytest.fixture
def client(server: Service) -> Client:
    return server.client()


def wait(client: Client, run: str, state: str) -> dict[str, Any]:
    """Wait until a run is in a state."""
    deadline = time.monotonic() + 60
    while (now := client.run(run))["state"] != state:
        assert time.monotonic() < deadline, now["state"]
        time.sleep(0.01)
    return now


def test_a_run_waits_plays_and_finishes(client: Client) -> None:
    made = client.create("mlp-circles", {"steps": 200, "title": "Mine"})
    run = made["id"]
    assert (made["state"], made["step"], made["title"], made["preset"]) == (
        "waiting",
        0,
        "Mine",
        "mlp-circles",
    )
    time.sleep(0.2)
    assert client.run(run)["step"] == 0
    assert client.play(run)["id"] == run
    done = wait(client, run, "finished")
    assert done["step"] == done["steps"] == 200
    assert done["latest"]["validation_accuracy"] is not None
    assert client.metrics(run, "loss")["loss"]["steps"][-1] == 200
    assert run in [other["id"] for other in client.runs()]
    client.delete(run)
    with pytest.raises(ProblemError) as gone:
        client.run(run)
    assert gone.value.code == "not-found"


def test_a_whole_job_makes_a_run_too(client: Client) -> None:
    job = client.preset("mlp-xor")["job"]
    made = client.create(job)
    assert (made["preset"], made["job"]["dataset"]["kind"]) == (None, "Xor")
    assert made["job"] == job


def test_steps_are_taken_one_by_one_and_taken_back(client: Client) -> None:
    run = client.create("mlp-circles")["id"]
    client.step(run, count=5)
    assert wait(client, run, "paused")["step"] == 5
    client.step(run, "epoch")
    epoch = wait(client, run, "paused")
    assert epoch["epoch"] >= 1
    back = client.rewind(run, 0)
    assert (back["step"], back["state"]) == (0, "paused")
    fork = client.fork(run)
    assert (fork["step"], fork["id"] != run) == (0, True)


def test_settings_change_while_it_trains_and_each_change_is_journalled(client: Client) -> None:
    run = client.create("mlp-circles", {"steps": 1_000_000})["id"]
    client.play(run, pace=200)
    for changes in (
        {"optimizer.lr": 0.02},
        {"optimizer": {"kind": "SGD", "lr": 0.1}},
        {"loss": {"kind": "SquaredError"}},
        {"regulariser": {"kind": "L2", "strength": 0.01}},
        {"batch": {"size": 4}},
        {"dataset.noise": 0.2},
        {"pace": None},
    ):
        before = client.run(run)
        changed = client.change(run, changes)
        assert changed["run"]["state"] == "running"
        assert changed["run"]["id"] == run
        for effect in changed["effects"]:
            assert effect["step"] >= before["step"]
            assert effect["undo"]
    job = client.run(run)["job"]
    assert (job["optimizer"]["kind"], job["loss"]["kind"], job["batch"]["size"]) == (
        "SGD",
        "SquaredError",
        4,
    )
    client.delete(run)


def test_the_network_is_edited_while_it_trains(client: Client) -> None:
    made = client.create("mlp-circles", {"steps": 1_000_000})
    run, graph = made["id"], made["job"]["graph"]
    client.play(run, pace=200)
    reached(client, run, 20)
    first = next(node for node in graph["nodes"] if node["layer"]["kind"] == "Linear")
    first["layer"]["out_features"] += 3
    loss = client.run(run)["step"]
    changed = client.change(run, {"graph": graph, "optimizer.lr": 0.02})
    rate, effect = changed["effects"]
    assert (rate["message"], effect["message"]) == ("effect.lr", "effect.graph")
    assert effect["parameters"][f"{first['id']}.weight"] == "widened"
    assert effect["step"] >= loss
    after = changed["run"]
    assert (after["state"], after["id"], after["job"]["graph"]) == ("running", run, graph)
    assert after["parameters"] == effect["values"]["after"] > made["parameters"]
    reached(client, run, effect["step"] + 50)
    back = client.change(run, {"graph": effect["undo"]["graph"]})
    assert back["effects"][0]["parameters"][f"{first['id']}.weight"] == "cut"
    assert back["run"]["parameters"] == made["parameters"]
    client.delete(run)


def reached(client: Client, run: str, step: int) -> None:
    deadline = time.monotonic() + 60
    while client.run(run)["step"] < step:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_network_that_does_not_work_is_refused_and_the_run_goes_on(client: Client) -> None:
    made = client.create("mlp-circles", {"steps": 1_000_000})
    run, job = made["id"], made["job"]
    client.step(run, count=5)
    before = wait(client, run, "paused")
    nowhere = job["graph"] | {
        "nodes": [job["graph"]["nodes"][0] | {"inputs": ["nobody"]}, *job["graph"]["nodes"][1:]]
    }
    other = job["graph"] | {"inputs": {"x": {"axes": ["D"], "shape": [7], "dtype": "bool"}}}
    narrow = {**job["graph"], "inputs": {"z": job["graph"]["inputs"]["x"]}}
    narrow["nodes"] = [
        node | {"inputs": ["z" if source == "x" else source for source in node["inputs"]]}
        for node in narrow["nodes"]
    ]
    for graph, code, node in (
        (nowhere, "unfit-network", nowhere["nodes"][0]["id"]),
        (other, "unfit-network", nowhere["nodes"][0]["id"]),
        (narrow, "job-refused", "z"),
    ):
        with pytest.raises(ProblemError) as refused:
            client.change(run, {"graph": graph, "optimizer.lr": 0.5})
        assert (refused.value.problem["status"], refused.value.code) == (422, code)
        (problem, *_) = refused.value.problem["problems"]
        assert problem["node"] == node
        assert problem["message"].endswith(".")
    now = client.run(run)
    assert (now["job"], now["step"], now["state"]) == (before["job"], 5, "paused")
    client.step(run, count=1)
    client.delete(run)


def test_one_weight_set_by_rest_changes_every_picture_that_depends_on_it(client: Client) -> None:
    run = client.create("mlp-circles")["id"]
    pictures = {kind: client.probe(run, kind) for kind in ("weight", "boundary", "value")}
    answer = client.predict(run, x=[[1.0, -1.0]])
    changed = client.change(
        run, {"weights": [{"parameter": "hidden1.weight", "index": [0, 0], "value": 5.0}]}
    )
    assert changed["effects"][0]["command"]["kind"] == "weight"
    for kind, before in pictures.items():
        assert client.probe(run, kind)["arrays"] != before["arrays"], kind
    assert client.predict(run, x=[[1.0, -1.0]]) != answer


def test_a_point_is_added_while_it_trains(client: Client) -> None:
    run = client.create("mlp-circles", {"steps": 1_000_000})["id"]
    before = client.probe(run, "data")["arrays"][0]["shape"]
    client.change(run, {"points": [{"id": 5000, "x1": 0.5, "x2": 0.5, "label": 1}]})
    assert client.probe(run, "data")["arrays"][0]["shape"][0] == before[0] + 1


def test_probes_come_as_json_archive_and_image(client: Client, server: Service) -> None:
    run = client.create("mlp-circles")["id"]
    with server.raw() as http:
        path = f"/api/v1/runs/{run}/probe/weight"
        frame = http.get(path).json()
        archive = http.get(path, headers={"Accept": "application/x-npz"})
        image = http.get(f"/api/v1/runs/{run}/probe/boundary", headers={"Accept": "image/png"})
        assert http.get(path, headers={"Accept": "text/html"}).status_code == 406
    arrays = np.load(io.BytesIO(archive.content), allow_pickle=False)
    weight = next(
        array
        for array in frame["arrays"]
        if (array["node"], array["name"]) == ("hidden1.weight", "weight")
    )
    assert np.allclose(arrays["hidden1.weight/weight"], weight["data"])
    assert image.content.startswith(b"\x89PNG")
    assert image.headers["content-type"] == "image/png"


def test_curves_come_as_tables_and_lines(client: Client, server: Service) -> None:
    run = client.create("mlp-circles", {"steps": 50})["id"]
    client.play(run)
    wait(client, run, "finished")
    with server.raw() as http:
        path = f"/api/v1/runs/{run}/metrics?curve=loss&limit=20"
        first = http.get(path, headers={"Accept": "text/csv"})
        assert len(first.text.splitlines()) == 21
        link = first.headers["link"].partition(">")[0].lstrip("<")
        assert (
            len(httpx.get(link, headers=server.headers | {"Accept": "text/csv"}).text.splitlines())
            == 21
        )
        lines = http.get(path, headers={"Accept": "application/x-ndjson"}).text.splitlines()
        assert [json.loads(line)["step"] for line in lines] == list(range(1, 21))


def test_a_run_is_taken_home(client: Client) -> None:
    run = client.create("mlp-circles")["id"]
    weights = safetensors.numpy.load(client.export(run, "safetensors"))
    assert sum(array.size for array in weights.values()) == client.run(run)["parameters"]
    job = json.loads(client.export(run, "job"))
    assert client.create(job)["job"] == job


def test_a_request_with_a_key_is_done_once(server: Service) -> None:
    with server.raw() as http:
        headers = {"Idempotency-Key": "only-once"}
        made = [
            http.post("/api/v1/runs", json={"preset": "mlp-xor"}, headers=headers) for _ in range(3)
        ]
        assert len({answer.json()["id"] for answer in made}) == 1
        other = http.post("/api/v1/runs", json={"preset": "mlp-circles"}, headers=headers)
        assert other.json()["code"] == "key-reused"


def test_files_and_run_say_where_they_are(server: Service) -> None:
    with server.raw() as http:
        made = http.post("/api/v1/runs", json={"preset": "mlp-xor"})
        assert made.headers["location"] == f"/api/v1/runs/{made.json()['id']}"
        file = http.get(f"{made.headers['location']}/export/safetensors")
        assert file.headers["content-disposition"].startswith("attachment; filename=")
        assert "sandbox" in file.headers["content-security-policy"]


def test_a_loss_that_is_not_finite_is_null_and_said_in_words(client: Client) -> None:
    run = client.create("mlp-regression", {"optimizer": {"kind": "SGD", "lr": 1e6}})["id"]
    client.play(run)
    stopped = wait(client, run, "diverged")
    assert stopped["problem"]["reason"]
    json.dumps(stopped, allow_nan=False)
    json.dumps(client.metrics(run), allow_nan=False)
