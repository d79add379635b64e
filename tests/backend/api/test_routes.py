"""The routes that need no worker: catalogue, presets, inspect, and who owns what."""

from typing import Any

import pytest

from neurarium.training.job import Job
from neurarium_models.preset import PRESETS
from tests.backend.api.house import OTHER_TOKEN, House

MEGAPIXEL = 3_000_001_000


def test_the_catalogue_has_every_shelf_with_help_and_schema(house: House) -> None:
    catalogue = house.client().get("/api/v1/catalogue").json()
    assert set(catalogue) == {
        "layers", "datasets", "tasks", "losses", "regularisers", "optimizers", "schedules", "probes",
        "init", "backwards", "operations", "ablations",
    }  # fmt: skip
    for name, shelf in catalogue.items():
        for entry in shelf:
            assert entry["help"]
            assert entry["title"]
            if name != "operations":  # torch's own: nothing to set
                assert entry["settings"]["properties"]["kind"]["const"] == entry["kind"]
    linear = next(layer for layer in catalogue["layers"] if layer["kind"] == "Linear")
    assert linear["ports"] == ["input"]
    assert not linear["elementwise"]


def test_presets_are_listed_and_shown(house: House) -> None:
    client = house.client()
    items = client.get("/api/v1/presets").json()["items"]
    assert [item["id"] for item in items] == list(PRESETS)
    for item in items:
        assert client.get(f"/api/v1/presets/{item['id']}").json() == item
        assert {
            "id",
            "title",
            "name",
            "year",
            "source",
            "size",
            "parameters",
            "graph",
            "job",
        } <= item.keys()
        assert item["job"] is None or Job.model_validate(item["job"]).name == item["name"]
    assert client.get("/api/v1/presets/nowhere").status_code == 404
    assert client.get("/api/v1/presets/..%2f..%2fetc").status_code == 404


def test_a_preset_says_what_it_takes_and_why_it_is_not_trained_here(house: House) -> None:
    items = {item["id"]: item for item in house.client().get("/api/v1/presets").json()["items"]}
    for item in items.values():
        inspection = house.client().post("/api/v1/inspect", json=item["graph"]).json()
        for name in ("parameters", "flops", "memory"):
            assert item[name] == inspection[name], item["id"]
        assert (item["job"] is None) == (item["refusal"] is not None), item["id"]
        assert item["sketch"][0]["level"] == 0
        assert item["sketch"][-1]["level"] == item["depth"]
    vgg = items["vgg16-paper"]
    assert (vgg["depth"], vgg["twin"], len(vgg["sketch"])) == (16, "vgg", 17)
    assert "138,357,544 parameters; at most 5,000,000" in vgg["refusal"]
    assert "1,912 MB" in items["mobilenet-paper"]["refusal"]


def test_two_networks_are_compared(house: House) -> None:
    client = house.client()
    one, other = (
        client.get(f"/api/v1/presets/{name}").json()["graph"]
        for name in ("vgg16-paper", "vgg19-paper")
    )
    answer = client.post("/api/v1/graph/difference", json={"before": one, "after": other})
    assert answer.status_code == 200
    told = answer.json()
    assert (told["before"]["depth"], told["after"]["depth"]) == (16, 19)
    only = [row["path"] for row in told["nodes"] if row["change"] == "added"]
    assert [path for path in only if path.endswith(".conv")] == [
        "conv3.3.conv", "conv4.3.conv", "conv5.3.conv",
    ]  # fmt: skip
    refused = client.post("/api/v1/graph/difference", json={"before": one})
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid")


def test_three_thousand_million_parameters_are_counted_at_once(house: House) -> None:
    client = house.client()
    graph = client.get("/api/v1/presets/mlp-megapixel-paper").json()["graph"]
    client.post("/api/v1/inspect", json=graph)
    inspection = client.post("/api/v1/inspect", json=graph).json()
    assert inspection["parameters"] == MEGAPIXEL
    assert not inspection["problems"]


def test_what_is_wrong_with_a_network_is_named_by_node_and_is_no_error(house: House) -> None:
    graph: dict[str, Any] = house.client().get("/api/v1/presets/mlp-circles").json()["graph"]
    graph["nodes"][0]["inputs"] = ["nowhere"]
    answer = house.client().post("/api/v1/inspect", json=graph)
    assert answer.status_code == 200
    assert any(problem["node"] == "hidden1" for problem in answer.json()["problems"])


def test_a_network_that_does_not_work_makes_no_run(house: House) -> None:
    graph: dict[str, Any] = house.client().get("/api/v1/presets/mlp-circles").json()["graph"]
    graph["nodes"][0]["inputs"] = ["nowhere"]
    answer = house.client().post("/api/v1/runs", json={"preset": "mlp-circles", "graph": graph})
    assert (answer.status_code, answer.json()["code"]) == (422, "unfit-network")
    assert answer.json()["problems"][0]["node"] == "hidden1"


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"optimizer.lr": -1}, "/optimizer/lr"),
        ({"optimizer": {"lr": -1}}, "/optimizer/lr"),
        ({"overrides": {"optimizer.lr": -1}}, "/optimizer/lr"),
        ({"batch": {"size": 0}}, "/batch/size"),
        ({"loss.nonsense": 1}, "/loss"),
        ({"steps": 0}, "/steps"),
    ],
)
def test_overrides_are_refused_where_they_are_wrong(
    house: House, changes: dict[str, Any], pointer: str
) -> None:
    answer = house.client().post("/api/v1/runs", json={"preset": "mlp-circles"} | changes)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


def test_a_preset_to_look_at_makes_no_run(house: House) -> None:
    answer = house.client().post("/api/v1/runs", json={"preset": "mlp-megapixel-paper"})
    assert answer.status_code == 422


def test_without_a_worker_a_good_job_is_asked_to_wait(house: House) -> None:
    answer = house.client().post("/api/v1/runs", json={"preset": "mlp-circles"})
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert answer.headers["retry-after"]
    assert house.client(None).get("/healthz").json() == {"status": "ok"}
    assert house.client(None).get("/readyz").status_code == 503


@pytest.mark.parametrize(
    "query", ["?limit=0", "?limit=201", "?offset=-1", "?nonsense=1", "?limit=1&limit=x"]
)
def test_lists_are_paged_within_bounds(house: House, query: str) -> None:
    assert house.client().get(f"/api/v1/runs{query}").status_code == 422


def test_a_run_of_nobody_is_404_on_every_route(house: House) -> None:
    routes = [
        ("GET", "", None), ("DELETE", "", None), ("PATCH", "", {"steps": 5}), ("POST", "/play", {}),
        ("POST", "/pause", {}), ("POST", "/step", {}), ("POST", "/rewind", {"step": 0}),
        ("POST", "/fork", {}), ("GET", "/metrics", None), ("GET", "/probe/weight", None),
        ("POST", "/predict", {"inputs": {"x": [[0, 0]]}}), ("GET", "/export/job", None),
        ("GET", "/difference?other=abcd1234", None), ("GET", "/throughput", None),
        ("POST", "/weights", None), ("POST", "/generate", {"text": "a word"}),
        ("POST", "/sweep", {"key": "optimizer.lr", "values": [1, 2]}),
    ]  # fmt: skip
    for method, verb, body in routes:
        for token in ("a" * 64, OTHER_TOKEN):
            answer = house.client(token).request(method, f"/api/v1/runs/abcd1234{verb}", json=body)
            assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
