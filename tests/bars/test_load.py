"""A whole class at once: 200 viewers, 60 runs that train, two cores."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import pytest
from benchmarks.viewer import cpu_seconds, worker_of

from tests.backend.api.service import Service, service
from tests.bars.crowd import Crowd
from tests.bars.table import Table

pytestmark = [pytest.mark.bars, pytest.mark.timeout(600)]
SUBJECT = "runs"

VIEWERS = 200
RUNS = 60
SECONDS = 20.0
ENDLESS = {"steps": 10_000_000}
GIB = 2**30
ROUNDS = 9


def visit(server: Service, runs: list[str], **settings: Any) -> dict[str, Any]:
    """Send a crowd, in a process of its own, and return what it measured."""
    crowd = Crowd(live=server.live, token=server.token, runs=runs, **settings)
    command = [sys.executable, "-m", "tests.bars.crowd"]
    done = subprocess.run(
        command, input=crowd.model_dump_json(), stdout=subprocess.PIPE, text=True, check=True
    )
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def processes(root: int) -> list[int]:
    """List a process and all that it has started."""
    children = [
        int(child)
        for task in Path(f"/proc/{root}/task").iterdir()
        for child in (task / "children").read_text().split()
    ]
    return [root, *(pid for child in children for pid in processes(child))]


def private_memory(root: int) -> int:
    """Bytes that a process and its children take, what they share counted once."""
    total = 0
    for pid in processes(root):
        rows = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        total += sum(int(row.split()[1]) * 1024 for row in rows if row.startswith("Pss:"))
    return total


def test_a_class_of_two_hundred_is_served(tmp_path: Path, table: Table) -> None:
    with service(tmp_path, "--workers", "2") as server:
        client = server.client()
        runs = [client.create("mlp-circles", ENDLESS)["id"] for _ in range(RUNS)]
        for run in runs:
            client.play(run)
        told = visit(server, runs, viewers=VIEWERS, seconds=SECONDS, lazy=VIEWERS // 10)
        memory = private_memory(server.process.pid)
        states = {client.run(run)["state"] for run in runs}
        steps = [client.run(run)["step"] for run in runs]
    slowest = quantiles(told["delays"], n=100)[-1]
    what = f"{VIEWERS} viewers, {RUNS} runs that train"
    table.hold(
        4, f"{what}: all see their first picture", f"{told['opened']:.2f} s", "at most 5 s",
        told["opened"] <= 5, SUBJECT,
    )  # fmt: skip
    table.hold(
        4, f"{what}: {len(told['delays'])} changes acknowledged, 99 % within",
        f"{slowest * 1e3:.0f} ms", "at most 150 ms", slowest <= 0.15, SUBJECT,
    )  # fmt: skip
    table.hold(
        4, f"{what}: pictures of one kind under way to one page", f"{told['most_under_way']}",
        "at most 2", told["most_under_way"] <= 2, SUBJECT,
    )  # fmt: skip
    table.hold(
        4, f"{what}: memory of server and workers", f"{memory / GIB:.2f} GiB", "at most 4 GiB",
        memory <= 4 * GIB, SUBJECT,
    )  # fmt: skip
    table.note(4, f"{what}: pictures a second", f"{told['frames_a_second']:,.0f}", SUBJECT)
    table.note(
        4,
        f"{what}: steps of the slowest and fastest run",
        f"{min(steps):,}, {max(steps):,}",
        SUBJECT,
    )
    assert states == {"running"}
    assert told["records"] > 0


@contextmanager
def watched(server: Service, run: str, viewers: int, seconds: float) -> Iterator[None]:
    """Have a crowd before one run."""
    settings = {"viewers": viewers, "seconds": seconds, "commands_a_second": 0.0}
    thread = threading.Thread(target=visit, args=(server, [run]), kwargs=settings)
    thread.start()
    yield
    thread.join()


def test_fifty_viewers_cost_a_run_little(tmp_path: Path, table: Table) -> None:
    with service(tmp_path, "--workers", "1") as server:
        client = server.client()
        worker = worker_of(server.process.pid)

        def rate(run: str, viewers: int) -> float:
            """Steps for each second of the worker's processor while so many look."""
            with watched(server, run, viewers, 3.0):
                first, start = client.run(run)["step"], cpu_seconds(worker)
            return float((client.run(run)["step"] - first) / (cpu_seconds(worker) - start))

        ratios = []
        for number in range(ROUNDS):
            run = client.create("mlp-circles", ENDLESS)["id"]
            client.play(run)
            rate(run, 1)  # its first steps cost more: its past is kept densely there
            order = (1, 50) if number % 2 else (50, 1)
            rates = {viewers: rate(run, viewers) for viewers in order}
            ratios.append(rates[50] / rates[1])
            assert client.run(run)["state"] == "running"
            client.delete(run)
    cost = 1 - median(ratios)
    table.hold(
        4, "50 viewers instead of one cost a run", f"{cost:.1%} of its speed", "at most 5 %",
        cost <= 0.05, SUBJECT,
    )  # fmt: skip
