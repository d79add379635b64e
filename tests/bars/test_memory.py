"""Estimates of memory over thousands of networks, and how soon what is too large is refused."""

import json
import time
from itertools import count
from statistics import median
from typing import Any

import pytest

from neurarium.training.budget import estimate
from neurarium.training.check import JobError, check_job
from neurarium.training.job import Job
from neurarium_models.inspect import inspect
from tests.backend.sessions.house import preset as preset_of
from tests.backend.training.allocations import peaks
from tests.backend.training.jobs import graph, linear, make_job
from tests.backend.training.test_budget import LEAST, MOST
from tests.bars.peaks import measure
from tests.bars.table import Table

pytestmark = [pytest.mark.bars, pytest.mark.timeout(7200)]

SUBJECT = "memory"
COUNT = 5000
SEEDS = 200
"""In one process: not every seed is a network that is measured."""
SOON = 0.1
"""Seconds until a refusal."""


def test_estimates_of_thousands_of_networks(table: Table) -> None:
    found: list[tuple[float, int]] = []
    fatal: list[str] = []
    for first in count(0, SEEDS):
        more, ended = measure(first, SEEDS)
        found, fatal = found + more, fatal + ended
        if len(found) >= COUNT:
            break
    values = [ratio for ratio, _ in found]
    outside = [(ratio, seed) for ratio, seed in found if not LEAST <= ratio <= MOST]
    spread = f"{min(values):.2f} to {max(values):.2f}, median {median(values):.3f}"
    measured = f"{spread}; {len(outside)} of {len(values):,} outside"
    target = f"{LEAST} to {MOST}"
    table.hold(4, "estimate / peak", measured, target, not outside, subject=SUBJECT)
    table.hold(4, "networks that end torch", str(fatal), "[]", not fatal, subject=SUBJECT)


def changed(nodes: list[dict[str, Any]], kind: str, **settings: Any) -> list[dict[str, Any]]:
    """Give all layers of a kind other settings, those in blocks too."""
    found = []
    for node in nodes:
        if node.get("block"):
            body = node["block"] | {"nodes": changed(node["block"]["nodes"], kind, **settings)}
            found.append(node | {"block": body})
        else:
            layer = node["layer"] | (settings if node["layer"]["kind"] == kind else {})
            found.append(node | {"layer": layer})
    return found


SEQUENCES: dict[str, tuple[str, dict[str, Any]]] = {
    "recall-rnn": ("RNN", {"bidirectional": True}),
    "recall-lstm": ("LSTM", {"bidirectional": True}),
    "recall-gru": ("GRU", {"bidirectional": True}),
    "transformer": ("MultiheadAttention", {"rotary": True}),
}
"""What the presets have only in one direction, or without turning."""
WIDTHS = (32, 128)


@pytest.mark.parametrize("preset", SEQUENCES)
def test_estimates_of_sequences(preset: str, table: Table) -> None:
    kind, settings = SEQUENCES[preset]
    found, job = {}, preset_of(preset, **{"dataset.samples": 600, "batch.buckets": False})
    document = job.model_dump(mode="json")
    for width in WIDTHS if "bidirectional" in settings else (64,):
        for more in (settings, dict.fromkeys(settings, False)):
            sized = more | ({"hidden_size": width} if "bidirectional" in settings else {})
            nodes = changed(document["graph"]["nodes"], kind, **sized)
            one = Job.model_validate(document | {"graph": document["graph"] | {"nodes": nodes}})
            (peak,) = peaks([one])
            found[json.dumps(sized)] = estimate(one, inspect(one.graph)).total / peak
    for what, ratio in found.items():
        met = LEAST <= ratio <= MOST
        name = f"estimate / peak, {preset} with {what}"
        table.hold(4, name, f"{ratio:.2f}", f"{LEAST} to {MOST}", met, subject=SUBJECT)


def deep(blocks: int, repeat: int) -> dict[str, Any]:
    """A wide layer, then thousands of bends in a row: blocks of 400, each repeated."""
    bends = [
        {"id": f"n{at}", "layer": {"kind": "Tanh"}, "inputs": [f"n{at - 1}"]} for at in range(400)
    ]
    bends[0]["inputs"] = ["v"]
    body = {"inputs": ["v"], "nodes": bends, "outputs": {"v": "n399"}}
    nodes: list[dict[str, Any]] = [linear("b0", 4000, "x")]
    for at in range(1, blocks + 1):
        block = {"id": f"b{at}", "block": body, "inputs": {"v": f"b{at - 1}"}, "repeat": repeat}
        nodes.append(block)
    return graph(*nodes, linear("o", 1, f"b{blocks}"))


def astronomic() -> dict[str, Any]:
    """Blocks in blocks, a thousand times each."""
    part: dict[str, Any] = {
        "id": "n",
        "layer": {"kind": "Linear", "out_features": 2},
        "inputs": ["v"],
    }
    for level in range(20):
        body = {"inputs": ["v"], "nodes": [part], "outputs": {"v": part["id"]}}
        source = "x" if level == 19 else "v"
        part = {"id": f"b{level}", "block": body, "inputs": {"v": source}, "repeat": 1024}
    inputs = {"x": {"axes": ["D"], "shape": [2]}}
    return {"inputs": inputs, "nodes": [part], "outputs": {"y": part["id"]}}


@pytest.mark.parametrize(
    ("name", "network"),
    [
        ("10,000 nodes", deep(25, 1)),
        ("9,600 layers by repetition", deep(1, 24)),
        ("blocks in blocks", astronomic()),
    ],
)
def test_too_large_is_refused_soon(name: str, network: dict[str, Any], table: Table) -> None:
    job = make_job(graph=network)
    spans = []
    for _ in range(5):
        began = time.perf_counter()
        with pytest.raises(JobError, match=r"at most|the limit"):
            check_job(job)
        spans.append(time.perf_counter() - began)
    measured = f"{1000 * min(spans):.0f} ms"
    table.hold(4, f"refusal, {name}", measured, "100 ms", min(spans) <= SOON, subject=SUBJECT)
