"""Differences, sweeps and throughput by REST, with a real server and a real worker."""

import json
from typing import Any

import httpx
import numpy as np
import pytest

from neurarium.client import Client
from neurarium.sessions import limits
from tests.backend.api.service import Service
from tests.backend.api.test_runs import wait


@pytest.fixture
def client(server: Service) -> Client:
    return server.client()


def taken(client: Client, steps: int, **changes: Any) -> str:
    run: str = client.create("mlp-circles", changes)["id"]
    client.step(run, count=steps)
    wait(client, run, "paused")
    return run


def get(server: Service, path: str) -> Any:
    with server.raw() as http:
        answer = http.get(f"/api/v1{path}")
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.slow
def test_a_fork_knows_its_parent_and_what_was_changed_since(
    server: Service, client: Client
) -> None:
    run = taken(client, 20)
    fork = client.fork(run, 12)
    assert (fork["parent"], fork["forked_at"], fork["changes"]) == (run, 12, [])
    assert (client.run(run)["parent"], client.run(run)["forked_at"]) == (None, None)
    before = fork["job"]["optimizer"]["lr"]
    client.step(fork["id"], count=3)
    wait(client, fork["id"], "paused")
    client.change(fork["id"], {"optimizer.lr": 0.4})
    (change,) = client.run(fork["id"])["changes"]
    assert change == {"key": "optimizer.lr", "before": before, "after": 0.4, "step": 15}
    client.change(run, {"optimizer.lr": 0.4})
    assert len(client.run(fork["id"])["changes"]) == 1  # the parent as it was, not as it is

    beside = get(server, f"/runs/{run}/difference?other={fork['id']}")
    assert (beside["forked_at"], beside["same_data"]) == (12, True)
    assert beside["differences"] == []
    client.change(run, {"batch.size": 7, "optimizer.lr": 0.2})
    beside = get(server, f"/runs/{fork['id']}/difference?other={run}")
    assert [each["key"] for each in beside["differences"]] == ["optimizer.lr", "batch.size"]


def test_a_change_that_was_taken_back_is_none(client: Client) -> None:
    run = taken(client, 10)
    fork = client.fork(run)["id"]
    client.step(fork, count=5)
    wait(client, fork, "paused")
    client.change(fork, {"optimizer.lr": 0.4})
    assert client.run(fork)["changes"]
    client.rewind(fork, 12)
    assert client.run(fork)["changes"] == []


def test_other_data_are_other_examples(server: Service, client: Client) -> None:
    one, other = (client.create("mlp-circles", {"seed": seed})["id"] for seed in (1, 2))
    assert get(server, f"/runs/{one}/difference?other={other}")["same_data"] is False


def test_nobody_is_compared_with_what_is_not_there(server: Service, client: Client) -> None:
    run = client.create("mlp-circles")["id"]
    with server.raw() as http:
        path = f"/api/v1/runs/{run}/difference"
        assert http.get(path, params={"other": "abcd1234"}).status_code == 404
        for query in ({}, {"other": "../x"}, {"other": run, "more": 1}):
            assert http.get(path, params=query).status_code == 422


def test_a_list_shows_each_loss_in_small(client: Client) -> None:
    run = taken(client, 200)
    row = next(each for each in client.runs() if each["id"] == run)
    assert len(row["losses"]) == 48
    assert row["bytes"] > 0
    whole = [value for (value,) in client.metrics(run, "loss")["loss"]["values"]]
    parts = np.array_split(whole, 48)
    assert row["losses"] == pytest.approx([part.mean() for part in parts])
    untrained = client.create("mlp-circles")["id"]
    assert next(each for each in client.runs() if each["id"] == untrained)["losses"] == []


@pytest.mark.slow
def test_throughput_tells_the_engine_that_trains_first(server: Service, client: Client) -> None:
    run = taken(client, 10)
    found = get(server, f"/runs/{run}/throughput")
    assert (found["run"], found["step"]) == (run, 10)
    first, second = (line["engine"] for line in found["lines"])
    assert (first != "plain", second) == (True, "plain")
    for line in found["lines"]:
        assert line["sizes"] == [2**power for power in range(11)]
        assert line["rates"][-1] > line["rates"][0] > 0
    assert client.run(run)["step"] == 10


def sweep(http: httpx.Client, run: str, **question: Any) -> httpx.Response:
    given = {"key": "optimizer.lr", "values": [0.01, 0.1, 1.0], "steps": 60}
    return http.post(f"/api/v1/runs/{run}/sweep", json=given | question)


@pytest.mark.slow
def test_a_sweep_answers_the_whole_series(server: Service, client: Client) -> None:
    run = taken(client, 30)
    with server.raw() as http:
        answer = sweep(http, run)
    assert answer.status_code == 200, answer.text
    swept = answer.json()
    assert (swept["key"], swept["values"], swept["start"]) == ("optimizer.lr", [0.01, 0.1, 1.0], 30)
    assert (swept["marks"][0]["steps"], swept["marks"][-1]["steps"]) == (0, 60)
    assert swept["marks"][-1]["step"] == 90
    first, last = (swept["marks"][place]["evaluation"]["train_loss"] for place in (0, -1))
    assert len(set(first)) == 1
    assert len(set(last)) == 3
    assert client.run(run)["step"] == 30


@pytest.mark.slow
def test_marks_come_line_by_line(server: Service, client: Client) -> None:
    run = taken(client, 5)
    headers = {"Accept": "application/x-ndjson"}
    body = {"key": "seed", "values": [1, 2], "steps": 40, "start": "beginning"}
    with (
        server.raw() as http,
        http.stream("POST", f"/api/v1/runs/{run}/sweep", json=body, headers=headers) as answer,
    ):
        assert answer.headers["content-type"].startswith("application/x-ndjson")
        lines = [json.loads(line) for line in answer.iter_lines()]
    *marks, end = lines
    assert [mark["steps"] for mark in marks] == sorted({mark["steps"] for mark in marks})
    assert marks[-1]["step"] == 40
    assert end["from"] == 0
    assert end["engine"] != "plain"


@pytest.mark.slow
def test_who_hangs_up_ends_the_sweep(server: Service, client: Client) -> None:
    """More sweeps than may be under way at once are possible one after the other: each ends with its reader."""
    run = client.create("mlp-circles")["id"]
    headers = {"Accept": "application/x-ndjson"}
    body = {"key": "optimizer.lr", "values": [0.01, 0.02], "steps": 10_000}
    for _ in range(limits.ANALYSES + 2):
        with (
            server.raw() as http,
            http.stream("POST", f"/api/v1/runs/{run}/sweep", json=body, headers=headers) as answer,
        ):
            assert answer.status_code == 200
            assert json.loads(next(answer.iter_lines()))["steps"] == 0


@pytest.mark.parametrize(
    ("question", "status", "code"),
    [
        ({"key": "seed"}, 409, "command-refused"),
        ({"key": "nonsense"}, 409, "command-refused"),
        ({"values": [-1, 2]}, 409, "command-refused"),
        ({"values": [1]}, 422, "invalid"),
        ({"values": [1, "x"]}, 422, "invalid"),
        ({"steps": 0}, 422, "invalid"),
        ({"key": "optimizer.lr; drop"}, 422, "invalid"),
        ({"more": 1}, 422, "invalid"),
    ],
)
def test_what_makes_no_sense_is_refused(
    server: Service, client: Client, question: dict[str, Any], status: int, code: str
) -> None:
    run = client.create("mlp-circles")["id"]
    with server.raw() as http:
        answer = sweep(http, run, **question)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
