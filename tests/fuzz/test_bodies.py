"""The hostile corpus over HTTP: each document is refused by a problem, at once, and nobody else notices."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from tests.backend.api.service import Service
from tests.fuzz import corpus

PATIENCE = 5.0
TRIES = 4
"""Seconds that no answer may take, neither to the attacker nor to anybody else."""
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def run(server: Service) -> str:
    """A run that trains while it is attacked."""
    client = server.client()
    name: str = client.create("mlp-circles", {"steps": 10_000_000})["id"]
    client.play(name, pace=200)
    return name


@contextmanager
def neighbours(server: Service) -> Iterator[list[float]]:
    """Ask something small again and again meanwhile; note how long each answer takes."""
    waits: list[float] = []
    over = threading.Event()

    def ask() -> None:
        with httpx.Client(base_url=server.url, timeout=30) as http:
            while not over.is_set():
                start = time.perf_counter()
                assert http.get("/healthz").status_code == 200
                waits.append(time.perf_counter() - start)
                time.sleep(0.005)

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield waits
    finally:
        over.set()
        thread.join()


def attack(
    server: Service, routes: list[tuple[str, str]], bodies: dict[str, bytes]
) -> dict[str, int]:
    """Send each body to each route; list those that were not refused as they should, with their statuses."""
    odd: dict[str, int] = {}
    slow: dict[str, float] = {}
    with server.raw() as http, neighbours(server) as waits:
        for method, path in routes:
            for name, body in bodies.items():
                seconds = PATIENCE + 1
                for _ in range(TRIES):  # other programs may hold the machine
                    start = time.perf_counter()
                    answer = http.request(method, path, content=body, headers=JSON)
                    seconds = min(seconds, time.perf_counter() - start)
                    if seconds <= PATIENCE:
                        break
                is_problem = answer.headers.get("content-type") == "application/problem+json"
                if not (400 <= answer.status_code < 500 and is_problem):
                    odd[f"{method} {path}: {name}"] = answer.status_code
                if seconds > PATIENCE:
                    slow[name] = seconds
    assert not slow
    assert max(waits) < PATIENCE
    return odd


def is_well(server: Service, run: str) -> bool:
    """See that the worker lives, and that the run in it was never in danger."""
    state = server.client().run(run)
    log = (server.folder / "log").read_text()
    assert "is replaced" not in log
    assert "Traceback" not in log
    return state["state"] == "running" and server.client().ready()


@pytest.mark.slow
def test_documents_that_are_none(server: Service, run: str) -> None:
    bodies = corpus.raw_bodies()
    assert len(bodies) >= 60
    here = f"/api/v1/runs/{run}"
    routes = [("POST", "/api/v1/inspect"), ("POST", "/api/v1/runs"), ("POST", f"{here}/predict")]
    routes += [("POST", f"{here}/rewind"), ("PATCH", here)]
    odd = attack(server, routes, bodies)
    # An empty patch asks for nothing, and gets it.
    assert odd == {f"PATCH {here}: empty object": 200}
    assert is_well(server, run)


@pytest.mark.slow
def test_networks_of_any_kind_are_inspected_or_refused(server: Service, run: str) -> None:
    bodies = {name: corpus.text(graph) for name, graph in corpus.graphs().items()}
    assert len(bodies) >= 90
    odd = attack(server, [("POST", "/api/v1/inspect")], bodies)
    # To inspect a network that does not work is no fault: the answer names what is wrong with it.
    assert set(odd.values()) <= {200}
    for name in (
        "chain of 10,000",
        "blocks 300 deep",
        "100,000 edges",
        "repeat 2^31",
        "python as kind",
    ):
        assert f"POST /api/v1/inspect: {name}" not in odd
    assert is_well(server, run)


@pytest.mark.slow
def test_networks_of_any_kind_are_compared_or_refused(server: Service, run: str) -> None:
    graphs = corpus.graphs()
    bodies = {
        name: corpus.text({"before": graph, "after": graph}) for name, graph in graphs.items()
    }
    odd = attack(server, [("POST", "/api/v1/graph/difference")], bodies)
    assert set(odd.values()) <= {200}
    assert is_well(server, run)


@pytest.mark.slow
def test_networks_that_do_not_work_make_no_runs(server: Service, run: str) -> None:
    job: dict[str, Any] = {"preset": "mlp-circles"}
    bodies = {name: corpus.text(job | {"graph": graph}) for name, graph in corpus.graphs().items()}
    odd = attack(server, [("POST", "/api/v1/runs")], bodies)
    assert set(odd.values()) <= {201}
    assert is_well(server, run)
    sweep(server, run)


@pytest.mark.slow
def test_odd_jobs(server: Service, run: str) -> None:
    bodies = {name: corpus.text(job) for name, job in corpus.jobs().items()}
    odd = attack(server, [("POST", "/api/v1/runs")], bodies)
    assert set(odd.values()) <= {201}
    assert is_well(server, run)
    sweep(server, run)


@pytest.mark.slow
def test_odd_changes(server: Service, run: str) -> None:
    client = server.client()
    victim = client.create("mlp-circles", {"steps": 10_000_000})["id"]
    client.play(victim, pace=200)
    bodies = {name: corpus.text(change) for name, change in corpus.changes().items()}
    odd = attack(server, [("PATCH", f"/api/v1/runs/{victim}")], bodies)
    assert set(odd.values()) <= {200}
    assert is_well(server, run)
    assert client.run(victim)["state"] in ("running", "paused", "diverged", "finished")
    client.delete(victim)


def test_odd_addresses(server: Service, run: str) -> None:
    odd = {}
    names = ("..%2f..%2fetc%2fpasswd", "%00", "%ff", "a" * 5000, "%252e%252e", "'; --", "{run}")
    here = f"/api/v1/runs/{run}"
    paths = ("/{}", "/api/v1/runs/{}", "/api/v1/presets/{}", here + "/probe/{}", "/assets/{}")
    with server.raw() as http:
        for name in names:
            for path in paths:
                answer = http.get(path.replace("{}", name))
                if not 400 <= answer.status_code < 500:
                    odd[path, name] = answer.status_code
        for path, params in odd_questions(here):
            answer = http.get(path, params=params)
            if answer.status_code != 200 and not 400 <= answer.status_code < 500:
                odd[path, str(params)[:60]] = answer.status_code
    assert not odd
    assert is_well(server, run)


def odd_questions(here: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Ask probes with odd settings."""
    values = ("-1", "1e308", "NaN", str(2**63), "x" * 5000, "__class__", "", "0")
    for kind in ("weight", "boundary", "unit", "value", "history"):
        for name in ("step", "example", "unit", "size", "field", "count", "node", "nonsense"):
            for value in values:
                yield f"{here}/probe/{kind}", {name: value}


def sweep(server: Service, run: str) -> None:
    """Delete all runs but one."""
    client = server.client()
    while others := [other["id"] for other in client.runs(limit=200) if other["id"] != run]:
        for other in others:
            client.delete(other)
