"""A server is killed again and again while it is used: nothing that it acknowledged is lost.

The client keeps a list of all that was acknowledged. The oracle is plain training with the journal that is found.
"""

import itertools
import json
import os
import random
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import safetensors.numpy

from neurarium.training.command import Effect
from neurarium.training.job import Job
from neurarium.training.run import Run
from tests.backend.api.service import START_SECONDS, command

PRESETS = ("mlp-circles", "mlp-xor", "mlp-spiral")
LONG = 10_000_000
PACE = 400
"""Steps a second: few enough that plain training can follow."""


@dataclass
class Client:
    """Somebody who uses a server, and remembers what it said."""

    folder: Path
    chance: random.Random
    runs: list[str] = field(default_factory=list)
    effects: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    heads: dict[str, int] = field(default_factory=dict)

    def use(self, http: httpx.Client, until: float) -> None:
        """Make runs, play, change, pause and look, until it is time or the server is gone."""
        with suppress(httpx.HTTPError):
            while time.monotonic() < until:
                self.act(http)

    def act(self, http: httpx.Client) -> None:
        if len(self.runs) < 3:
            body = {"preset": self.chance.choice(PRESETS), "steps": LONG}
            made = http.post("/api/v1/runs", json=body)
            if made.status_code == 201:
                self.runs.append(made.json()["id"])
                self.effects[self.runs[-1]] = []
            return
        run = self.chance.choice(self.runs)
        match self.chance.randrange(4):
            case 0:
                lr = round(self.chance.uniform(0.01, 0.1), 4)
                changed = http.patch(f"/api/v1/runs/{run}", json={"optimizer.lr": lr})
                if changed.status_code == 200:
                    self.effects[run] += changed.json()["effects"]
            case 1:
                http.post(f"/api/v1/runs/{run}/pause", json={})
            case 2:
                http.post(f"/api/v1/runs/{run}/play", json={"pace": PACE})
        shown = http.get(f"/api/v1/runs/{run}")
        if shown.status_code == 200:
            self.heads[run] = max(self.heads.get(run, 0), shown.json()["log"]["seq"])


@contextmanager
def server(folder: Path, **environment: str) -> Iterator[tuple[httpx.Client, Any]]:
    """One life of a server: whoever leaves, kills it."""
    with (folder / "log").open("a") as log:
        process = subprocess.Popen(
            command(folder),
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env={**os.environ, **environment},
        )
    assert process.stdout is not None
    try:
        url = next(w for w in process.stdout.readline().split() if w.startswith("http")).rstrip("/")
        token = (folder / "token").read_text().strip()
        headers = {"Authorization": f"Bearer {token}"}
        with httpx.Client(base_url=url, headers=headers, timeout=30) as http:
            yield http, process
    finally:
        children = descendants(process.pid)
        process.kill()
        process.wait(timeout=20)
        process.stdout.close()
        wait_for_end(children)


def ready(http: httpx.Client) -> None:
    """Wait until it can train."""
    deadline = time.monotonic() + START_SECONDS
    while http.get("/readyz").status_code != 200:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def descendants(pid: int) -> list[int]:
    """All processes below one."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            for child in map(int, task.read_text().split()):
                found += [child, *descendants(child)]
    return found


def wait_for_end(pids: list[int]) -> None:
    """Whoever worked for a dead server ends by itself."""
    deadline = time.monotonic() + 60
    while any(is_alive(pid) for pid in pids):
        assert time.monotonic() < deadline, "a worker has outlived its server"
        time.sleep(0.05)


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def rows(folder: Path, query: str, *values: object) -> list[Any]:
    with sqlite3.connect(folder / "neurarium.sqlite") as connection:
        return connection.execute(query, values).fetchall()


def check(client: Client) -> None:
    """Everything that was acknowledged is in the file, and the file is whole."""
    folder = client.folder
    assert rows(folder, "PRAGMA quick_check") == [("ok",)]
    heads = dict(rows(folder, "SELECT id, head FROM runs"))
    assert set(client.runs) <= set(heads)
    for run in client.runs:
        assert heads[run] >= client.heads.get(run, 0)
        numbers = [
            n for (n,) in rows(folder, "SELECT seq FROM records WHERE run = ? ORDER BY seq", run)
        ]
        assert all(later == earlier + 1 for earlier, later in itertools.pairwise(numbers))
        assert not numbers or numbers[-1] == heads[run]
        found = [
            json.loads(e) for (e,) in rows(folder, "SELECT effect FROM journal WHERE run = ?", run)
        ]
        assert all(effect in found for effect in client.effects[run])
        violations = "SELECT count(*) FROM records WHERE event = 'determinism_violation'"
        assert rows(folder, violations) == [(0,)]


def check_bits(client: Client, http: httpx.Client, *, journal: bool = True) -> bool:
    """Whether each run is what plain training with its journal arrives at."""
    same = True
    for run in client.runs:
        http.post(f"/api/v1/runs/{run}/pause", json={}).raise_for_status()
        step = http.get(f"/api/v1/runs/{run}").json()["step"]
        document = http.get(f"/api/v1/runs/{run}/export/safetensors").content
        [(job,)] = rows(client.folder, "SELECT first_job FROM runs WHERE id = ?", run)
        found = rows(client.folder, "SELECT effect FROM journal WHERE run = ? ORDER BY number", run)
        effects = [Effect.model_validate_json(effect) for (effect,) in found if journal]
        plain = Run(Job.model_validate_json(job), "cpu")
        while True:
            for effect in (effect for effect in effects if effect.step == plain.step):
                plain.apply(effect.command)
            if plain.step == step:
                break
            plain.take()
        ours = safetensors.numpy.load(document)
        theirs = {k: v.detach().numpy() for k, v in plain.network.state_dict().items()}
        same &= all((ours[name] == theirs[name]).all() for name in theirs)
    return same


def kill_again_and_again(folder: Path, kills: int, seed: int) -> None:
    chance = random.Random(seed)
    client = Client(folder, chance)
    for _ in range(kills):
        with server(folder) as (http, process):
            ready(http)
            assert not list(folder.rglob("*.tmp")) or client.runs
            client.use(http, time.monotonic() + chance.uniform(0.5, 3))
            process.send_signal(signal.SIGKILL)
        check(client)
    with server(folder) as (http, process):
        shown = {run["id"] for run in http.get("/api/v1/runs").json()["items"]}
        assert shown == set(client.runs)  # before anything trains
        ready(http)
        assert check_bits(client, http)
        if changes(client):
            assert not check_bits(client, http, journal=False)


def changes(client: Client) -> list[tuple[int]]:
    """The commands after which something was trained: without them, other weights come out."""
    return rows(
        client.folder,
        "SELECT journal.step FROM journal JOIN runs ON runs.id = run WHERE journal.step < runs.step"
        " AND effect NOT LIKE '%effect.nothing%'",
    )


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_server_that_is_killed_twice_loses_nothing_it_acknowledged(tmp_path: Path) -> None:
    kill_again_and_again(tmp_path, kills=2, seed=4)


@pytest.mark.bars
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("seed", range(4))
def test_a_hundred_kills_lose_nothing_that_was_acknowledged(tmp_path: Path, seed: int) -> None:
    kill_again_and_again(tmp_path, kills=25, seed=seed)


@pytest.mark.bars
@pytest.mark.timeout(300)
@pytest.mark.parametrize("place", ["store.before_commit:40", "store.committed:40"])
def test_a_server_that_dies_around_a_commit_loses_nothing(tmp_path: Path, place: str) -> None:
    client = Client(tmp_path, random.Random(1))
    with server(tmp_path, NEURARIUM_FAULT=place) as (http, process):
        ready(http)
        client.use(http, time.monotonic() + 60)
        assert process.wait(60) == -signal.SIGKILL
    check(client)
    with server(tmp_path) as (http, process):
        ready(http)
        assert check_bits(client, http)


@pytest.mark.bars
@pytest.mark.timeout(300)
@pytest.mark.parametrize("place", ["checkpoint.written:3", "checkpoint.renamed:3"])
def test_workers_that_die_while_they_write_a_checkpoint_lose_nothing(
    tmp_path: Path, place: str
) -> None:
    """Each worker dies at its third, until no more are started for a minute."""
    client = Client(tmp_path, random.Random(2))
    with server(tmp_path, NEURARIUM_FAULT=place) as (http, _):
        ready(http)
        client.use(http, time.monotonic() + 12)
    assert "exit code -9" in (tmp_path / "log").read_text()
    check(client)
    with server(tmp_path) as (http, _):
        ready(http)
        assert check_bits(client, http)
