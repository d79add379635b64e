"""The computational graph by REST, by the Python client and by the command, with a real server and a real worker."""

import json
from pathlib import Path

import pytest

from neurarium.__main__ import main
from neurarium.capture.document import Capture
from neurarium.client import Client, ProblemError
from tests.backend.api.service import Service
from tests.backend.api.test_runs import wait


@pytest.fixture
def client(server: Service) -> Client:
    return server.client()


@pytest.mark.slow
def test_the_graph_its_numbers_and_a_walk_through_it(
    server: Service, client: Client, tmp_path: Path
) -> None:
    made = client.create("mlp-spiral")  # too large to be walked through number by number
    run = made["id"]
    document = client.graph(run)
    capture = Capture.model_validate(document)
    layers = [n["id"] for n in made["job"]["graph"]["nodes"] if n["layer"]["kind"] == "Linear"]
    assert set(capture.gradients) == {f"{n}.{name}" for n in layers for name in ("weight", "bias")}
    assert client.graph(run, "example")["examples"] == 1

    gradient = capture.gradients["output.weight"]
    frame = client.probe(run, "operations", values=f"output.weight,{gradient}")
    arrays = {(array["name"], array["node"]): array for array in frame["arrays"]}
    assert arrays["mean", ""]["shape"] == [len(capture.values)]
    assert arrays["value", gradient]["shape"] == arrays["value", "output.weight"]["shape"]
    assert set(frame["details"]["histograms"]) == {"output.weight", gradient}

    count = len(capture.forward) + len(capture.backward) + 1
    place = {"at": 2, "of": count, "level": "operations", "extent": "minibatch"}
    assert client.run(run)["operation"] is None
    assert client.step(run, "operation", 2)["operation"] == place
    assert client.step(run, "operation", -1)["operation"] == {**place, "at": 1}
    assert client.run(run)["step"] == 0
    assert client.step(run, "operation", count)["operation"] == {**place, "at": 1}
    wait(client, run, "paused")
    assert client.run(run)["step"] == 1
    # The weight has moved against the gradient that was told before.
    before, slope = (arrays["value", id_]["data"] for id_ in ("output.weight", gradient))
    after = client.probe(run, "operations", values="output.weight")["arrays"][-2]["data"]
    for old, new, rise in zip(before[0], after[0], slope[0], strict=True):
        assert (new - old) * rise <= 0
    assert client.pause(run)["operation"] is None

    file = tmp_path / "graph.json"
    where = ["--url", server.url, "--data", str(server.folder), "--output", str(file)]
    assert main(["export", run, "--format", "graph", *where]) == 0
    assert json.loads(file.read_text("utf-8")) == document


def test_what_makes_no_sense_is_refused(client: Client) -> None:
    run = client.create("mlp-xor")["id"]
    with pytest.raises(ProblemError) as problem:
        client.step(run, "minibatch", -1)
    assert problem.value.code == "invalid"
    with pytest.raises(ProblemError) as problem:
        client.graph(run, "epoch")  # type: ignore[arg-type]
    assert problem.value.code == "invalid"
    with pytest.raises(ProblemError, match="no value of the id"):
        client.probe(run, "operations", values="nowhere")
