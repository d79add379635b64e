"""What a part is good for, by REST: the other run is made, trains in the background, and goes on where it is."""

from collections.abc import Iterator
from typing import Any

import pytest

from neurarium.client import Client, ProblemError
from tests.backend.api.service import Service
from tests.backend.api.test_runs import wait
from tests.backend.probes.sequences import job, translator

MASK = {"kind": "CausalMask"}


@pytest.fixture(scope="module")
def client(server: Service) -> Client:
    return server.client()


@pytest.fixture(scope="module")
def run(client: Client) -> Iterator[str]:
    name = client.create(job(translator()).model_dump(mode="json"))["id"]
    yield name
    client.delete(name)


def offer(client: Client, run: str) -> dict[str, Any]:
    offers = client.ablations(run)
    found: dict[str, Any] = next(
        each for each in offers["items"] if each["ablation"]["kind"] == "CausalMask"
    )
    return found


@pytest.mark.slow
def test_the_other_run_differs_in_one_thing_and_is_found_again(client: Client, run: str) -> None:
    with pytest.raises(ProblemError) as refused:
        client.ablate(run, MASK)
    assert refused.value.problem["detail"].startswith("This run has taken no step yet")
    assert offer(client, run)["run"] is None

    client.step(run, count=3)
    wait(client, run, "paused")
    other = client.ablate(run, MASK)["id"]
    wait(client, other, "paused")
    told = offer(client, run)
    assert (told["run"], told["step"], told["title"]) == (other, 3, "no causal mask")
    assert not client.ablations(run)["steered"]
    apart = client._json("GET", f"/runs/{run}/difference", params={"other": other})
    assert [each["key"] for each in apart["differences"]] == ["graph.decoder"]
    assert apart["same_data"]
    for name in (run, other):
        alone = client.probe(name, "alone")
        assert (alone["step"], alone["details"]["examples"]) == (3, 12)

    assert client.ablate(run, MASK, steps=5)["id"] == other, "it goes on"
    wait(client, other, "paused")
    assert offer(client, run)["step"] == 5
    client.delete(other)
    assert offer(client, run)["run"] is None


def test_a_run_that_was_changed_says_so(client: Client, run: str) -> None:
    copy = client.fork(run)["id"]
    assert client.ablations(copy)["steered"]
    client.delete(copy)


@pytest.mark.parametrize(
    ("trial", "code"),
    [
        ({}, "invalid"),
        ({"ablation": {"kind": "zqxcanaryzqx"}}, "invalid"),
        ({"ablation": MASK, "steps": 0}, "invalid"),
        ({"ablation": {"kind": "TiedParameters"}, "steps": 3}, "command-refused"),
    ],
)
def test_what_cannot_be_tried_is_refused(
    client: Client, run: str, trial: dict[str, Any], code: str
) -> None:
    with pytest.raises(ProblemError) as refused:
        client._json("POST", f"/runs/{run}/ablations", trial)
    assert refused.value.code == code
    assert "zqxcanaryzqx" not in str(refused.value.problem)
