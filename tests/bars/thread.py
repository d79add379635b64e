"""The page's main thread against its bar: what is done in one task keeps everything else waiting."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Locator, Page

from tests.bars.table import Row, Table, miss

LONGEST = 50
"""Milliseconds of the processor that a task may take."""
QUIET = """() => new Promise((done) => {
  let last = performance.now(), calm = 0;
  const look = (now) => {
    calm = now - last < 25 ? calm + 1 : Math.max(0, calm - 2);
    last = now;
    if (calm < 30) requestAnimationFrame(look); else done();
  };
  requestAnimationFrame(look);
})"""
"""Until frames come in time, but for some on a busy machine: what was begun is done."""
Event = dict[str, Any]


@dataclass
class Watch:
    """Whose main thread is watched, and where it is written down. All is measured; then it is told what has missed."""

    table: Table
    page: Page
    bar: int
    subject: str
    misses: list[str] = field(default_factory=list)

    @contextmanager
    def held(self, what: str) -> Iterator[None]:
        """Hold the longest task, in processor time: a busy machine is no fault of the page."""
        browser = self.page.context.browser
        assert browser
        self.page.evaluate(QUIET)
        browser.start_tracing(page=self.page, categories=["toplevel", "devtools.timeline"])
        yield
        self.page.evaluate(QUIET)
        tasks = tasks_of(json.loads(browser.stop_tracing())["traceEvents"])
        used, lasted = (max(task[which] for task in tasks) / 1000 for which in ("tdur", "dur"))
        self.note(f"{what}: longest task by the wall clock", f"{lasted:.0f} ms")
        what = f"{what}: longest task on the page's main thread"
        self.hold(what, f"{used:.0f} ms", f"at most {LONGEST} ms", met=used <= LONGEST)

    def hold(self, what: str, measured: str, target: str, *, met: bool) -> None:
        """Write down a measurement and its target; a miss is told at the end."""
        row = Row(self.subject, self.bar, what, measured, target, met)
        self.table.rows.append(row)
        if not met:
            self.misses.append(miss(row))

    def close(self) -> None:
        """Fail if anything has missed its target."""
        assert not self.misses, "\n".join(self.misses)

    def note(self, what: str, measured: str) -> None:
        """Write down what has no target."""
        self.table.note(self.bar, what, measured, self.subject)


def tasks_of(events: list[Event]) -> list[Event]:
    """The tasks of a trace on the main threads of pages, without what began it."""
    mains = {
        (event["pid"], event["tid"])
        for event in events
        if event["name"] == "thread_name" and event["args"]["name"] == "CrRendererMain"
    }
    return [
        event
        for event in events
        if "RunTask" in event["name"] and (event["pid"], event["tid"]) in mains and "tdur" in event
    ]


def place_of(thing: Locator) -> tuple[float, float]:
    """The middle of something; found now, as looking for it later would be a task of its own."""
    box = thing.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
