"""Networks and weights come in and go out over REST; what is hostile is refused, and the server lives on."""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from safetensors.numpy import load, save
from torch import nn

from neurarium.api.doors import upload
from neurarium.api.doors.upload import MAXIMUM_FILE, Uploads
from neurarium.api.problems import Refusal
from neurarium.api.settings import Shut
from neurarium.client import Client, ProblemError
from tests.backend.api.house import House, build
from tests.backend.api.service import Service
from tests.backend.sessions.test_tensorfile import HOSTILE, archives
from tests.backend.training.onnx.files import OPERATOR, answers, draw, made, torch_file

OCTETS = {"Content-Type": "application/octet-stream"}


@pytest.fixture
def client(server: Service) -> Client:
    return server.client()


def at(client: Client, run: str, step: int) -> None:
    """Train up to a step."""
    client.step(run, count=step - client.run(run)["step"])
    deadline = time.monotonic() + 60
    while client.run(run)["step"] < step or client.run(run)["state"] == "running":
        assert time.monotonic() < deadline


def weights(client: Client, run: str) -> dict[str, Any]:
    return load(client.export(run, "safetensors"))


def same(one: dict[str, Any], two: dict[str, Any]) -> bool:
    return one.keys() == two.keys() and all(np.array_equal(one[name], two[name]) for name in one)


def refused(ask: Callable[[], object]) -> dict[str, Any]:
    with pytest.raises(ProblemError) as problem:
        ask()
    return problem.value.problem


@pytest.mark.slow
def test_a_run_goes_out_as_onnx_and_another_begins_with_it(client: Client) -> None:
    run = client.create("mlp-circles")["id"]
    at(client, run, 30)
    file = client.export(run, "onnx")
    x = torch.tensor(draw(5, 2))
    ours = client.predict(run, x=x.tolist())
    read = client.graph_of_onnx(file)
    assert (read["own"], read["parameters"]) == (True, 37)
    assert read["title"] == "MLP separates two circles"
    assert read["graph"] == client.run(run)["job"]["graph"]
    made_anew = client.create(read["job"])["id"]
    taken = client.take_weights(made_anew, file)
    assert (taken["missing"], taken["unlike"], taken["notes"]) == ([], [], [])
    assert len(taken["taken"]) == 6
    assert same(weights(client, made_anew), weights(client, run))
    assert client.predict(made_anew, x=x.tolist()) == ours
    raw = np.asarray(answers(file, x=x)[0])
    assert raw.shape == (5, 1)


@pytest.mark.slow
def test_a_network_of_plain_torch_comes_in_and_trains(client: Client) -> None:
    layer = nn.Linear(2, 6)
    module = nn.Sequential(layer, nn.ReLU(), nn.Linear(6, 1), nn.Tanh())
    file = torch_file(module, torch.randn(3, 2))
    read = client.graph_of_onnx(file)
    assert (read["own"], read["job"]) == (False, None)
    job = client.create("mlp-circles")["job"] | {"graph": read["graph"]}
    run = client.create(job)["id"]
    assert len(client.take_weights(run, file)["taken"]) == 4
    first = next(value for value in weights(client, run).values() if value.shape == (6, 2))
    assert np.array_equal(first, layer.weight.detach().numpy())
    at(client, run, 5)


def test_the_weights_of_an_onnx_file_come_as_safetensors(server: Service) -> None:
    file = made(
        OPERATOR("MatMul", ["x", "w"], ["y"]), tensors={"w": draw(4, 3)}
    ).SerializeToString()
    with server.raw() as http:
        headers = OCTETS | {"Accept": "application/octet-stream"}
        answer = http.post("/api/v1/graph/onnx", content=file, headers=headers)
        assert answer.status_code == 200
        assert np.array_equal(next(iter(load(answer.content).values())), draw(4, 3).T)
        headers["Accept"] = "text/html"
        assert http.post("/api/v1/graph/onnx", content=file, headers=headers).status_code == 406


def test_weights_are_strict_unless_asked_otherwise_and_undone_exactly(client: Client) -> None:
    run = client.create("mlp-circles", {"optimizer": {"kind": "Adam", "lr": 0.01}})["id"]
    at(client, run, 12)
    before = weights(client, run)
    file = {
        **before,
        "hidden1.weight": np.zeros((5, 2), np.float32),
        "output.bias": np.ones(1, np.float32),
    }
    problem = refused(lambda: client.take_weights(run, save(file)))
    assert (problem["status"], problem["code"]) == (409, "command-refused")
    assert problem["detail"] == (
        "5 of 6 tensors fit, but all should: `hidden1.weight` is 4 × 2 here, but 5 × 2 there."
    )
    assert same(weights(client, run), before)
    taken = client.take_weights(run, save(file), partial=True)
    assert (taken["unlike"], taken["missing"]) == (["hidden1.weight"], [])
    assert taken["notes"] == ["`hidden1.weight` is 4 × 2 here, but 5 × 2 there."]
    assert taken["effect"]["step"] == 12
    assert weights(client, run)["output.bias"] == 1
    changed = client.change(run, {"take": taken["effect"]["undo"]})
    assert changed["effects"][0]["message"] == "effect.weights_back"
    assert same(weights(client, run), before)


def test_weights_come_from_another_run_at_a_past_step(client: Client) -> None:
    other, run = (
        client.create("mlp-circles")["id"],
        client.create("mlp-circles", {"seed": 77})["id"],
    )
    at(client, other, 20)
    then = weights(client, other)
    at(client, other, 40)
    own = weights(client, run)
    changed = client.change(
        run, {"take": {"run": other, "step": 20, "nodes": {"hidden2": "hidden2"}}}
    )
    effect = changed["effects"][0]
    assert effect["values"] == {"source": other, "taken": 2, "missing": 0, "unlike": 0, "others": 0}
    assert effect["command"]["step"] == 20
    now = weights(client, run)
    assert np.array_equal(now["hidden2.weight"], then["hidden2.weight"])
    assert np.array_equal(now["hidden1.weight"], own["hidden1.weight"])
    client.change(run, {"take": {"run": other, "strict": True}})
    assert same(weights(client, run), weights(client, other))
    problem = refused(lambda: client.change(run, {"take": {"run": other, "step": 999}}))
    assert problem["code"] == "no-such-step"
    assert refused(lambda: client.change(run, {"take": {"run": "nobody"}}))["code"] == "not-found"


@pytest.mark.parametrize("name", [*HOSTILE, *archives()])
def test_a_hostile_file_of_weights_is_refused(client: Client, name: str) -> None:
    document = HOSTILE[name][0] if name in HOSTILE else archives()[name]
    run = client.runs()[0]["id"] if client.runs() else client.create("mlp-circles")["id"]
    problem = refused(lambda: client.take_weights(run, document, partial=True))
    assert (problem["status"], problem["code"]) == (422, "file-refused")
    assert "\x1b" not in problem["detail"]


def test_a_hostile_onnx_file_is_refused_and_the_analyst_lives(client: Client) -> None:
    good: bytes = made(
        OPERATOR("MatMul", ["x", "w"], ["y"]), tensors={"w": draw(4, 3)}
    ).SerializeToString()
    outside = onnx.ModelProto.FromString(good)
    outside.graph.initializer[0].ClearField("raw_data")
    outside.graph.initializer[0].data_location = onnx.TensorProto.EXTERNAL
    entry = outside.graph.initializer[0].external_data.add()
    entry.key, entry.value = "location", "/etc/passwd"
    deep = b"\x08\x09" + b"\x3a\x80\x80\x40" + b"\x0a" * 2**20
    for document in (good[:-5], b"\x08" + b"\xff" * 1000, outside.SerializeToString(), deep):
        problem = refused(partial(client.graph_of_onnx, document))
        assert (problem["status"], problem["code"]) == (422, "file-refused")
    erf = made(OPERATOR("Erf", ["x"], ["y"], name="bent")).SerializeToString()
    assert "`bent` (Erf)" in refused(lambda: client.graph_of_onnx(erf))["detail"]
    assert client.graph_of_onnx(good)["parameters"] == 12
    weights_only = refused(lambda: client.graph_of_onnx(save({"a": draw(2)})))
    assert "weights only" in weights_only["detail"]


def test_a_shared_run_takes_no_weights(server: Service) -> None:
    with server.raw() as http:
        demo = http.post("/api/v1/demo").json()["id"]
        file = http.get(f"/api/v1/runs/{demo}/export/safetensors").content
        answer = http.post(f"/api/v1/runs/{demo}/weights", content=file, headers=OCTETS)
        assert (answer.status_code, answer.json()["code"]) == (403, "shared-run")


@pytest.mark.parametrize("path", ["/api/v1/graph/onnx", "/api/v1/runs/abcd1234/weights"])
def test_a_file_has_at_most_64_mib_and_says_what_it_is(house: House, path: str) -> None:
    client = house.client()
    announced = OCTETS | {"Content-Length": str(MAXIMUM_FILE + 1)}
    answer = client.post(path, content=b"x", headers=announced)
    assert (answer.status_code, answer.json()["limit"]) == (413, MAXIMUM_FILE)
    for headers in (
        {"Content-Type": "application/x-pickle"},
        OCTETS | {"Content-Encoding": "gzip"},
        {},
    ):
        answer = client.post(path, content=b"x", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (415, "not-json")


def test_a_file_of_unknown_length_is_counted(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload, "MAXIMUM_FILE", 1000)
    chunks = (b" " * 600 for _ in range(2))
    answer = house.client().post("/api/v1/graph/onnx", content=chunks, headers=OCTETS)
    assert answer.status_code == 413


def test_files_go_to_their_routes_only(house: House) -> None:
    """Everywhere else a body stays small JSON."""
    for path in (
        "/api/v1/inspect",
        "/api/v1/runs",
        "/api/v1/graph/source",
        "/api/v1/runs/abcd1234/play",
    ):
        answer = house.client().post(path, content=b"{}", headers=OCTETS)
        assert (answer.status_code, answer.json()["code"]) == (415, "not-json")


def test_with_the_door_open_a_file_of_any_size_would_go_further(tmp_path: Path) -> None:
    client = build(tmp_path, Shut(body=False)).client()
    announced = OCTETS | {"Content-Length": str(MAXIMUM_FILE + 1)}
    answer = client.post("/api/v1/graph/onnx", content=b"x", headers=announced)
    assert answer.status_code != 413


async def test_only_so_many_files_arrive_at_once() -> None:
    uploads = Uploads()
    uploads._open = upload.MAXIMUM_UPLOADS
    scope = {"type": "http", "headers": [(b"content-type", b"application/octet-stream")]}

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"abc"}

    with pytest.raises(Refusal) as refusal:
        await uploads.take(scope, receive)
    assert refusal.value.code == "busy"
    uploads._open -= 1
    assert await uploads.take(scope, receive) == b"abc"
    assert uploads._open == upload.MAXIMUM_UPLOADS - 1


async def test_a_file_that_does_not_arrive_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload, "TIMEOUT", 0.05)
    uploads, sent = Uploads(), iter([b"a"])
    scope = {"type": "http", "headers": []}

    async def receive() -> dict[str, Any]:
        import asyncio

        for part in sent:
            return {"type": "http.request", "body": part, "more_body": True}
        await asyncio.sleep(60)
        return {"type": "http.disconnect"}

    with pytest.raises(Refusal) as refusal:
        await uploads.take(scope, receive)
    assert (refusal.value.code, uploads._open) == ("timeout", 0)
