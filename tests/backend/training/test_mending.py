"""A network whose answer is of the wrong size is mended where that size comes from, or not at all."""

from typing import Any

import pytest

from neurarium.training.check import JobError, check_job
from neurarium.training.mending import answering
from neurarium_models.graph import Graph
from tests.backend.training.jobs import graph, linear, make_job


def tanh(id: str, source: str) -> dict[str, Any]:
    return {"id": id, "layer": {"kind": "Tanh"}, "inputs": [source]}


def test_the_proposal_is_what_the_check_then_takes() -> None:
    wrong = graph(linear("a", 5, "x"), linear("b", 4, "a"), tanh("c", "b"))
    with pytest.raises(JobError, match="4 outputs") as caught:
        check_job(make_job(graph=wrong))
    assert (caught.value.node, caught.value.remedy) == ("b", {"out_features": 1})
    wrong["nodes"][1]["layer"]["out_features"] = 1
    check_job(make_job(graph=wrong))


def test_nothing_is_proposed_where_no_single_width_decides() -> None:
    inside = {"inputs": ["v"], "nodes": [linear("n", 2, "v")], "outputs": {"v": "n"}}
    repeated = {"id": "b", "block": inside, "inputs": {"v": "x"}, "repeat": 2}
    summed = {"id": "s", "layer": {"kind": "Add"}, "inputs": ["a", "x"]}
    for network in (graph(repeated), graph(linear("a", 2, "x"), summed)):
        assert answering(Graph.model_validate(network), 3) is None
