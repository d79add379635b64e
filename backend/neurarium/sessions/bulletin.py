"""What a run in a worker tells the web process: points of its curves 25 times a second, and events in their order."""

import time
from collections.abc import Callable
from typing import Any

from neurarium.sessions.gathering import INTERVAL, Gathering
from neurarium.sessions.protocol import Event, News, Points, State, Values
from neurarium.sessions.timeline import Timeline
from neurarium.training.command import Effect
from neurarium.training.report import Reports

SNAPSHOTS_INTERVAL = 1.0
"""Seconds between two lists of snapshots while it trains."""


class Bulletin:
    """The news of one run. An event never overtakes the points of the steps before it."""

    def __init__(
        self, name: str, attempt: int, timeline: Timeline, send: Callable[[News], None]
    ) -> None:
        self._name, self._attempt, self._send = name, attempt, send
        self._timeline, self._run = timeline, timeline.run
        self._gathering = Gathering(time.monotonic())
        self._snapshots = timeline.steps()
        self._snapshots_told = 0.0
        self._told = self._run.step

    @property
    def is_urgent(self) -> bool:
        """Whether somebody waits for the next point."""
        return self._gathering.is_urgent

    def hurry(self) -> None:
        """Tell the next point at once."""
        self._gathering.is_urgent = True

    def add(self, reports: Reports) -> None:
        """Take in some steps, to be told soon."""
        self._gathering.add(reports)

    def wait(self, now: float) -> float | None:
        """Seconds until something is to be told; None if there is nothing."""
        return self._gathering.wait(now)

    def tell(self, now: float, interval: float = INTERVAL) -> None:
        """Tell what it is time for; `interval`: seconds between two messages."""
        self._gathering.interval = interval
        if self._gathering.is_due(now):
            self._flush(now)
            if now - self._snapshots_told >= SNAPSHOTS_INTERVAL:
                self._tell_snapshots(now)

    def state(self, state: State, pace: float | None, reason: str | None, values: Values) -> None:
        """Tell what the run does from now on."""
        now = time.monotonic()
        self._flush(now)
        if state != "running":
            self._tell_snapshots(now)
        self._event("state", state=state, pace=pace, reason=reason, values=values)

    def journal(self, effect: Effect, *, data: bool) -> None:
        """Tell what a command did; `data`: also to the examples."""
        self._flush(time.monotonic())
        self._event("journal", effect=effect.model_dump_json().encode(), **self._document())
        if data:
            self._event("data")

    def rewound(self) -> None:
        """Tell that the run stands at an earlier step, and that what came after is gone."""
        now = time.monotonic()
        self._flush(now)
        if self._run.step < self._told:
            self._told = self._run.step
            self._snapshots = self._timeline.steps()
            self._event("rewound", snapshots=self._snapshots, **self._document())

    def _flush(self, now: float) -> None:
        series = self._gathering.take(now)
        if series:
            self._told = max(series[0].last, self._told)
            self._send(Points(self._name, self._attempt, self._told, self._run.epoch, series))

    def _tell_snapshots(self, now: float) -> None:
        self._snapshots_told = now
        snapshots = self._timeline.steps()
        if snapshots != self._snapshots:
            self._snapshots = snapshots
            self._event("snapshots", snapshots=snapshots)

    def _document(self) -> dict[str, Any]:
        """Everything of the run that a command may have changed."""
        job = self._run.job.model_dump_json().encode()
        engine = self._run.engine.name
        return {"job": job, "parameters": self._run.inspection.parameters, "engine": engine}

    def _event(self, event: Any, **facts: Any) -> None:
        run = self._run
        self._send(Event(self._name, self._attempt, run.step, run.epoch, event, **facts))
