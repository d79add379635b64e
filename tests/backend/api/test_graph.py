"""Editing a network over REST: what fits where, and what would be kept."""

import copy
from typing import Any

import pytest

from neurarium.client import Client, ProblemError
from tests.backend.api.house import House
from tests.backend.api.service import Service


@pytest.fixture
def client(server: Service) -> Client:
    return server.client()


def test_a_plan_changes_nothing_until_it_is_carried_out(client: Client) -> None:
    made = client.create("mlp-circles")
    run, graph = made["id"], copy.deepcopy(made["job"]["graph"])
    graph["nodes"][0]["layer"]["out_features"] = 7
    plan = client.plan(run, graph)
    assert plan["problem"] is None
    fates = {each["path"]: each["fate"] for each in plan["tensors"]}
    first = plan["tensors"][0]
    assert first == {"path": "hidden1.weight", "fate": "widened", "before": [4, 2], "after": [7, 2]}
    assert client.run(run)["job"]["graph"] == made["job"]["graph"]
    (effect,) = client.change(run, {"graph": graph})["effects"]
    assert effect["parameters"] == fates


def test_a_run_that_could_not_go_on_says_why(client: Client) -> None:
    made = client.create("mlp-circles")
    graph = made["job"]["graph"]
    graph["nodes"][-2]["layer"]["out_features"] = 3
    plan = client.plan(made["id"], graph)
    assert plan["tensors"] == []
    assert "3" in plan["problem"]
    assert (plan["node"], plan["remedy"]) == ("output", {"out_features": 1})


def test_what_is_said_of_a_layer_goes_with_it_and_a_layer_begins_again(client: Client) -> None:
    init = {"hidden2": {"kind": "xavier_uniform"}}
    made = client.create("mlp-circles", {"rates.hidden1": 0, "init": init})
    run, graph = made["id"], made["job"]["graph"]
    nodes = [node for node in graph["nodes"] if not node["id"].startswith("hidden1")]
    nodes[0] |= {"inputs": ["x"]}
    shorter = graph | {"nodes": nodes}
    assert client.plan(run, shorter)["problem"] is None
    changed = client.change(run, {"graph": shorter})
    assert (changed["run"]["job"]["rates"], changed["run"]["job"]["init"]) == (
        {},
        made["job"]["init"],
    )
    assert changed["effects"][0]["values"]["unrated"] == 1
    drawn = client.change(run, {"draw": [{"node": "hidden2", "draw": 3}]})["effects"][0]
    assert drawn["parameters"] == {"hidden2.weight": "new", "hidden2.bias": "new"}
    client.change(run, {"take": drawn["undo"]})
    with pytest.raises(ProblemError, match="no such node"):
        client.change(run, {"init.hidden9": init["hidden2"]})


def test_a_plan_says_what_a_run_would_take_and_what_is_granted(client: Client) -> None:
    made = client.create("lenet5")
    graph = copy.deepcopy(made["job"]["graph"])
    need = client.plan(made["id"], graph)["need"]
    assert (need["parameters"], need["most_parameters"]) == (61_706, 5_000_000)
    assert 0 < need["memory"] < need["most_memory"] == 512 * 2**20
    assert "evaluated" in need["moment"]
    dense = next(node for node in graph["nodes"] if node["id"] == "dense1")
    dense["layer"]["out_features"] = 50_000
    plan = client.plan(made["id"], graph)
    assert plan["need"]["parameters"] > need["most_parameters"]
    assert "5,000,000" in plan["problem"]
    conv = next(node for node in graph["nodes"] if node["id"] == "conv2")
    conv["layer"]["kernel_size"] = 99
    broken = client.plan(made["id"], graph)
    assert "99×99 does not fit" in broken["problem"]
    assert broken["need"]["memory"] is None


def test_layers_are_offered_for_a_wire(house: House) -> None:
    spec = {"axes": ["C", "H", "W"], "shape": [1, 28, 28]}
    answer = house.client().post("/api/v1/graph/offers", json={"spec": spec})
    offers = {each["layer"]["kind"]: each for each in answer.json()["offers"]}
    assert offers["Conv2d"]["output"]["shape"] == [8, 26, 26]
    assert offers["Conv2d"]["problem"] is None
    assert offers["Embedding"]["output"] is None
    assert "whole numbers" in offers["Embedding"]["problem"]


def test_data_are_looked_over_before_anything_learns_from_them(house: House) -> None:
    def answer(text: str) -> Any:
        dataset = {"kind": "OwnPairs", "text": text, "validation": 0.25}
        return house.client().post("/api/v1/datasets/inspect", json=dataset).json()

    found = answer("a b\tc\nb\tc d\na\td\nb a\tc c")
    assert (found["train"], found["held_out"]) == (3, 1)
    assert found["vocabularies"] == {"source": 4 + 2, "target": 4 + 2}  # beside four marks
    assert found["inputs"]["source"]["shape"] == [3]
    assert answer("a b\tc\nb c")["problem"].startswith("Line 2 has 1 column; a pair has two")
    unknown = house.client().post("/api/v1/datasets/inspect", json={"kind": "nowhere"})
    assert (unknown.status_code, unknown.json()["train"]) == (200, 0)
    assert "nowhere" not in unknown.json()["problem"]  # what was sent is not repeated


def test_a_small_network_is_told_number_by_number(client: Client) -> None:
    made = client.create("mlp-xor")
    assert made["level"] == "scalars"
    run = made["id"]
    graph, numbers = client.scalars(run), client.probe(run, "scalars")
    assert numbers["details"]["key"] == graph["key"]
    sizes = {array["name"]: array["shape"] for array in numbers["arrays"]}
    count = [len(graph["scalars"])]
    edges = [len(graph["edges"])]
    assert sizes == {"value": count, "gradient": count, "next": count, "local": edges}
    cut = next(e["tamper"] for e in graph["edges"] if e["to"] == "output.product[0,3]")
    assert cut == {"kind": "cut_weight", "parameter": "output.weight", "index": [0, 3]}


def test_what_is_not_told_number_by_number_is_known_beforehand(client: Client) -> None:
    made = client.create("mlp-spiral")
    assert made["level"] == "operations"
    with pytest.raises(ProblemError, match="2,436 boxes"):
        client.scalars(made["id"])

    # Few parameters are not enough: with its products, this one is too large all the same.
    graph = made["job"]["graph"]
    for node, units in zip(graph["nodes"][::2], (8, 8, 1), strict=True):
        node["layer"]["out_features"] = units
    made = client.create("mlp-spiral", {"graph": graph})
    assert made["parameters"] < 200
    assert made["level"] == "operations"
    with pytest.raises(ProblemError, match="up to 200 are drawn"):
        client.scalars(made["id"])
