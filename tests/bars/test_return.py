"""How soon a server that was killed is back: its page, changes, and the training that it was at."""

import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.bars.table import Table
from tests.chaos.test_server_kills import LONG, PACE, ready, server

pytestmark = [pytest.mark.bars, pytest.mark.timeout(600)]
SUBJECT = "runs"

LIVES = 9


def until(holds: Callable[[], bool], seconds: float = 60) -> None:
    """Ask again and again until something is so."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def seconds_until_back(http: httpx.Client, run: str, life: int) -> tuple[float, float, float]:
    """Seconds to a page with the run in it, to a change in force, and to a step of the run that trained."""
    start = time.monotonic()
    shown = http.get(run).json()["step"]
    assert "<html" in http.get("/").text
    page = time.monotonic() - start
    until(lambda: http.patch(run, json={"optimizer.lr": 0.01 + life / 1000}).is_success)
    change = time.monotonic() - start
    until(lambda: bool(http.get(run).json()["step"] > shown))
    return page, change, time.monotonic() - start


def test_a_server_that_was_killed_is_back_soon(tmp_path: Path, table: Table) -> None:
    with server(tmp_path) as (http, _):
        ready(http)
        made = http.post("/api/v1/runs", json={"preset": "mlp-circles", "steps": LONG})
        run = f"/api/v1/runs/{made.json()['id']}"
        http.post(f"{run}/play", json={"pace": PACE}).raise_for_status()
        until(lambda: bool(http.get(run).json()["step"] > PACE))
    spans = []
    for life in range(LIVES):
        start = time.monotonic()
        with server(tmp_path) as (http, _):
            begun = time.monotonic() - start
            spans.append([begun + span for span in seconds_until_back(http, run, life)])
    page, change, step = (max(column) for column in zip(*spans, strict=True))
    for what, worst, bound in (
        ("its page, and the runs in it", page, 3),
        ("a change in force", change, 8),
        ("a step of the run that trained", step, 8),
    ):
        table.hold(
            5,
            f"killed server started again, to {what}, worst of {LIVES}",
            f"{worst:.1f} s",
            f"at most {bound} s",
            worst <= bound,
            SUBJECT,
        )
