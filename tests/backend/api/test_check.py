"""Tampering and the referee by REST: what is done, said, undone, and refused with a sentence."""

from typing import Any

import pytest

from neurarium.client import Client
from tests.backend.api.service import Service
from tests.backend.api.test_analyses import taken

WEIGHT = {"parameter": "hidden1.weight", "index": [0, 1]}
CUT = {"kind": "cut", "source": "hidden1_tanh", "node": "hidden2"}


@pytest.fixture
def client(server: Service) -> Client:
    return server.client()


def check(server: Service, run: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    with server.raw() as http:
        answer = http.post(f"/api/v1/runs/{run}/check", json=body)
    found: dict[str, Any] = answer.json()
    return answer.status_code, found


def test_a_cut_turns_the_referee_red_and_undo_makes_it_green(
    server: Service, client: Client
) -> None:
    run = taken(client, 10)
    body = {"targets": [WEIGHT, {"node": "hidden2", "index": [3]}]}
    status, found = check(server, run, body)
    assert status == 200, found
    assert (found["run"], found["step"], found["example"]) == (run, 10, None)
    assert [each["verdict"] for each in found["checks"]] == ["agrees", "agrees"]
    assert found["checks"][0]["target"] == WEIGHT | {"node": None}
    assert found["checks"][0]["error"] < 1e-6
    effect = client.change(run, {"tampering": [CUT]})["effect"]
    assert effect["values"]["added"] == "hidden1_tanh ✂ hidden2"
    _, cut = check(server, run, body)
    assert [each["verdict"] for each in cut["checks"]] == ["differs", "agrees"]
    assert cut["checks"][0]["autograd"] == 0
    assert cut["checks"][0]["difference"] == found["checks"][0]["difference"]
    assert client.run(run)["engine"] == "plain"
    fork = client.fork(run)
    assert fork["job"]["tampering"][0]["source"] == "hidden1_tanh"
    client.change(run, effect["undo"]["changes"])
    _, again = check(server, run, body)
    assert again == found


def test_one_example_has_a_loss_of_its_own(server: Service, client: Client) -> None:
    run = taken(client, 5)
    values = [
        check(server, run, {"targets": [WEIGHT], "example": example})[1]["checks"][0]["autograd"]
        for example in (None, 3, 4)
    ]
    assert len(set(values)) == 3


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"targets": [{"parameter": "hidden1.weight", "index": [9, 1]}]}, "there is none at"),
        ({"targets": [{"parameter": "hidden9.weight", "index": [0]}]}, "The network has no parameter"),
        ({"targets": [{"node": "hidden9", "index": [0]}]}, "The network has no node or input"),
        ({"targets": [WEIGHT], "example": 10**9}, "There is no example"),
        ({"targets": []}, "at least 1 item"),
        ({"targets": [WEIGHT] * 257}, "at most 256 items"),
        ({"targets": [{"index": [0]}]}, "Name either a parameter or a node"),
        ({"targets": [WEIGHT | {"node": "x"}]}, "Name either a parameter or a node"),
        ({"targets": [{"parameter": "hidden1.weight", "index": [-1, 0]}]}, "greater than or equal to 0"),
        ({"targets": [WEIGHT], "extra": 1}, "Extra inputs"),
    ],
)  # fmt: skip
def test_what_cannot_be_checked_is_said(
    server: Service, client: Client, body: dict[str, Any], says: str
) -> None:
    run = client.create("mlp-circles")["id"]
    status, problem = check(server, run, body)
    assert status == 422
    assert says in str(problem)


@pytest.mark.parametrize(
    ("entry", "status", "says"),
    [
        (CUT | {"source": "hidden1"}, 409, "does not read"),
        (CUT | {"unit": 4}, 409, "has 4 units, counted from 0"),
        ({"kind": "wrong", "node": "hidden1", "backward": "LinearTransposed"}, 409, "matrix is 4×2"),
        ({"kind": "wrong", "node": "hidden2", "backward": "NoSuch"}, 409, "It has: `LinearMinus`"),
        ({"kind": "scale", "source": "x", "node": "hidden1", "factor": 1e9}, 409, "less than or equal"),
        ({"kind": "burn"}, 409, "tampering"),
    ],
)  # fmt: skip
def test_tampering_that_does_not_fit_is_refused(
    server: Service, client: Client, entry: dict[str, Any], status: int, says: str
) -> None:
    run = client.create("mlp-circles")["id"]
    with server.raw() as http:
        answer = http.patch(f"/api/v1/runs/{run}", json={"tampering": [entry]})
        made = http.post("/api/v1/runs", json={"preset": "mlp-circles", "tampering": [entry]})
    assert answer.status_code == status, answer.text
    assert says in answer.text
    assert made.status_code == 422
    assert client.run(run)["job"]["tampering"] == []
