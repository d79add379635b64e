"""Words by REST: what a network says, with its attention; what it does not know is named, nothing else is repeated."""

from collections.abc import Iterator

import pytest

from neurarium.client import Client, ProblemError
from tests.backend.api.service import Service
from tests.backend.api.test_runs import wait
from tests.backend.probes.sequences import job, translator


@pytest.fixture(scope="module")
def run(server: Service) -> Iterator[tuple[Client, str]]:
    client = server.client()
    name = client.create(job(translator()).model_dump(mode="json"))["id"]
    client.step(name, count=3)
    wait(client, name, "paused")
    yield client, name
    client.delete(name)


def test_a_network_says_words_now_and_then(run: tuple[Client, str]) -> None:
    client, name = run
    told = client.generate(name, text="472", attention=["decoder.0.cross"])
    said = told["said"]
    assert told["step"] == 3
    assert told["tokens"] == {"source": ["4", "7", "2", "<eos>"]}
    assert said["text"] == "".join(word for word in said["words"] if word != "<eos>")
    assert len(said["probability"]) == len(said["likely"]) == len(said["words"])
    (looked,) = told["attention"]
    assert (looked["path"], looked["query"], looked["key"]) == (
        "decoder.0.cross",
        "target",
        "source",
    )
    assert len(looked["weights"]) == looked["heads"] == 2
    assert all(sum(row) == pytest.approx(1) for head in looked["weights"] for row in head)
    before = client.generate(name, text="472", step=0)
    assert before["step"] == 0
    assert before["said"]["score"] != said["score"]


def test_a_row_by_hand_is_taken(run: tuple[Client, str]) -> None:
    client, name = run
    row = {"node": "decoder.0.cross", "head": 0, "place": 0, "weights": [0, 0, 5]}
    told = client.generate(name, text="472", attention=["decoder.0.cross"], overwrite=[row])
    assert told["attention"][0]["weights"][0][0] == [0, 0, 1, 0]


def test_words_that_are_not_known_are_named(run: tuple[Client, str]) -> None:
    client, name = run
    with pytest.raises(ProblemError) as refused:
        client.generate(name, text="12q4")
    problem = refused.value.problem
    assert (problem["status"], refused.value.code) == (422, "words-unknown")
    assert problem["detail"] == "The network does not know `q`."
    (error,) = problem["errors"]
    assert (error["pointer"], error["code"]) == ("/text", "unknown_word")
    assert error["detail"] == "`q` is not known."
    assert "12q4" not in str(problem)


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({}, "invalid"),
        ({"text": "1", "example": 0}, "invalid"),
        ({"text": "1", "overwrite": [{"node": "x", "place": 0, "weights": [0, 0]}]}, "invalid"),
        ({"text": "1", "width": 1000}, "invalid"),
        ({"text": "1", "step": 10**6}, "no-such-step"),
        ({"text": "1", "attention": ["zqxcanaryzqx"]}, "inputs-refused"),
        ({"inputs": {"source": ["zqxcanaryzqx"]}}, "inputs-refused"),
        ({"example": 2**50}, "inputs-refused"),
        ({"text": "1", "scene": ["a"]}, "invalid"),
        ({"scene": ["zqxcanaryzqx"]}, "inputs-refused"),
    ],
)
def test_what_cannot_be_said_is_refused(
    run: tuple[Client, str], wish: dict[str, object], code: str
) -> None:
    client, name = run
    with pytest.raises(ProblemError) as refused:
        client.generate(name, **wish)
    assert (refused.value.problem["status"], refused.value.code) == (422, code)
    assert "zqxcanaryzqx" not in str(refused.value.problem)
