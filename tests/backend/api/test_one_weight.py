"""One weight of a filter set by REST: every picture that depends on it changes, and no other."""

from typing import Any

import pytest

from tests.backend.api.service import Service

UNIT = 6
PROBES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("data", {}),
    ("batch", {}),
    ("count", {"node": "conv2"}),
    ("value", {}),
    ("weight", {}),
    ("answer", {}),
    ("hard", {}),
    *(
        (kind, {"node": node, "unit": unit})
        for kind in ("contrib", "rf", "excite")
        for node in ("conv1", "pool1", "conv2", "pool2")
        for unit in (0, UNIT - 1)
    ),
    *((kind, {"node": node}) for kind in ("filter",) for node in ("conv1", "conv2")),
    *(("history", {"node": "conv2", "unit": unit}) for unit in (UNIT - 1, UNIT)),
)
BEHIND = ("conv2", "pool2", "conv3", "flatten", "dense1", "output")


def pictures(server: Service, run: str) -> dict[tuple[str, str, str], Any]:
    """Ask for everything: each array by its probe with settings, its name and its node."""
    found = {}
    for kind, settings in PROBES:
        if kind == "excite" and settings["node"].startswith("pool"):
            settings = {**settings, "most": 64}  # noqa: PLW2901 - pools are slow, and a few images will do
        for array in server.client().probe(run, kind, **settings)["arrays"]:
            found[f"{kind} {settings}", array["name"], array["node"]] = array["data"]
    return found


@pytest.mark.slow
def test_a_weight_set_by_rest_changes_what_depends_on_it_and_nothing_else(server: Service) -> None:
    client = server.client()
    run = client.create("lenet5", {"steps": 3})["id"]
    client.step(run, count=3)
    while client.run(run)["state"] == "running":
        pass
    before = pictures(server, run)
    assert pictures(server, run) == before  # looking alone changes nothing

    index = [UNIT - 1, 2, 1, 3]
    client.change(run, {"weights": [{"parameter": "conv2.weight", "index": index, "value": 2.5}]})
    after = pictures(server, run)
    changed = {key for key in before if before[key] != after[key]}

    whole = {
        *((f"{kind} {{}}", name, node) for kind, name, node in _of_the_whole()),
        ("filter {'node': 'conv2'}", "weight", "conv2"),
        (_one("history", "conv2", UNIT - 1), "weight", "conv2"),
        *(
            (_one("contrib", "conv2", UNIT - 1), name, "conv2")
            for name in ("weight", "product", "part")
        ),
        *(
            (_one("contrib", "pool2", UNIT - 1), name, "pool2")
            for name in ("input", "product", "part")
        ),
    }
    assert whole <= changed
    for probe, _, node in changed - whole:
        # What else is of the map itself, or of all examples, seen through it.
        assert probe.split()[0] in ("answer", "hard", "rf", "excite"), probe
        assert node in ("", "x", "conv2", "pool2", "output"), (probe, node)
        assert "'unit': 0" not in probe, probe
        assert "conv1" not in probe, probe
        assert "pool1" not in probe, probe
    client.delete(run)


def _of_the_whole() -> list[tuple[str, str, str]]:
    behind = [("value", name, node) for node in BEHIND for name in ("sum", "output")]
    return [*behind, ("weight", "weight", "conv2.weight"), ("answer", "loss", "")]


def _one(kind: str, node: str, unit: int) -> str:
    return f"{kind} {{'node': '{node}', 'unit': {unit}}}"
