"""What goes wrong at the server is said on the page, and passes: a full disk, a worker that dies."""

import os
import re
import resource
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.desk import shown_step, until, visit, zone
from tests.e2e.line import Overheard
from tests.e2e.script import TRAINING, Script
from tests.e2e.service import Service, service

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="bounds and /proc are Linux's")
PATIENT = 60_000


@pytest.fixture(scope="module")
def own() -> Iterator[Service]:
    """A server that nobody else minds."""
    with service() as running:
        yield running


@pytest.fixture(scope="module")
def asked(own: Service) -> Iterator[Script]:
    made = Script(own)
    yield made
    made.http.close()


def playing(page: Page, script: Script) -> str:
    run = script.create("mlp-circles", steps=100_000)
    visit(page, f"{script.address}/b/{run}")
    script.play(run, pace=100)
    until(page, lambda: shown_step(page) > 50, TRAINING)
    return run


def children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


def bound_files(pid: int, size: int) -> None:
    """Let a process write no file beyond this size: to its database it is as if the disk were full."""
    _, most = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, most))


def check_curve(script: Script, run: str) -> None:
    """After a pause, the curve has every step, each once."""
    step = script.pause(run)
    steps, _ = script.points_of(run, "loss")
    assert steps == list(range(1, step + 1))


@pytest.mark.slow
def test_a_full_disk_is_said_until_there_is_room_again(
    page: Page, own: Service, asked: Script
) -> None:
    run = playing(page, asked)
    alert = page.get_by_role("alert")
    expect(alert).to_have_count(0)

    bound_files(own.pid, 0)
    expect(alert).to_contain_text("disk is full: training goes on in memory", timeout=PATIENT)
    assert asked.http.patch(f"/runs/{run}", json={"optimizer.lr": 0.1}).status_code == 507
    page.reload()  # a page that comes now is told too
    expect(alert).to_contain_text("disk is full: training goes on in memory", timeout=PATIENT)
    step = shown_step(page)

    bound_files(own.pid, resource.RLIM_INFINITY)
    expect(alert).to_have_count(0, timeout=PATIENT)
    until(page, lambda: shown_step(page) > step + 100, TRAINING)
    check_curve(asked, run)


@pytest.mark.slow
def test_a_run_whose_worker_died_goes_on_and_says_from_where(
    page: Page, own: Service, asked: Script
) -> None:
    heard = Overheard(page)
    run = playing(page, asked)
    assert heard.said("event", event="recovered") == []

    workers = [worker for server in children(own.pid) for worker in children(server)]
    assert workers
    for worker in workers:
        os.kill(worker, signal.SIGKILL)
    said = page.get_by_role("status").filter(has_text="Recovered, step")
    expect(said).to_be_visible(timeout=PATIENT)
    step = int(re.sub(r"\D", "", said.inner_text().split(":")[0]))
    (event,) = heard.said("event", event="recovered")
    assert event["step"] == step
    expect(zone(page, "Clock").get_by_text(f"recovered, step {step:,}")).to_be_visible()
    until(page, lambda: shown_step(page) > step + 100, TRAINING)
    assert asked.run(run)["state"] == "running"
    check_curve(asked, run)
