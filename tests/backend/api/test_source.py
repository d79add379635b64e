"""Graph and code over REST: one is the other, and what is none is explained."""

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
