"""One run inside a worker: what it is to do now, and its steps in small portions."""

import logging
import math
import time
from collections.abc import Callable
from dataclasses import replace

from neurarium.capture.document import Capture, Extent
from neurarium.capture.key import key_of
from neurarium.sessions.bulletin import Bulletin
from neurarium.sessions.control import AnyControl, Pause, Play, Rewind, Step, Unit
from neurarium.sessions.errors import Refused, is_out_of_memory
from neurarium.sessions.gaze import Gazes
from neurarium.sessions.protocol import Captured, News, State, Values
from neurarium.sessions.timeline import Timeline
from neurarium.training.command import AnyCommand, CommandError, Effect
from neurarium.training.divergence import Diverged
from neurarium.training.report import Reports
from neurarium.training.view import View

LOGGER = logging.getLogger(__name__)
WAITING = "The computational graph is being captured. This takes a few seconds."
CATCH_UP = 0.05
"""Seconds by which a run with a pace may be late and still make up for it."""
UNHURRIED = 0.5
"""Share of its time that a step of slow motion has even where the run is late: every step is to be seen."""
SLOW = 30.0
"""Up to this pace, in steps a second, every step is observed: there is time for it."""


class Trainee:
    """A run, its past, and those who look at it. `moment` counts everything that changes what is to be seen."""

    def __init__(
        self, name: str, attempt: int, timeline: Timeline, send: Callable[[News], None]
    ) -> None:
        self.name = name
        self.attempt = attempt
        self.run = run = timeline.run
        self.timeline = timeline
        self.bulletin = Bulletin(name, attempt, timeline, send)
        self.gazes = Gazes()
        self.state: State = "paused" if run.step else "waiting"
        self.moment = 0
        self.looked = 0
        """When a probe of it looked last, counted in looks."""
        self.used = 0.0
        """Seconds of the processor that its steps took: who has the fewest has the next turn."""
        self._captures: dict[Extent, Capture | str] = {}
        """The captured steps, or why there are none."""
        self.observing = 0.0
        """Seconds that observed steps took beyond plain ones, not yet booked to a look."""
        self._pace: float | None = None
        self._is_slow = False
        self._due = 0.0
        self._unit: Unit = "minibatch"
        self._left: int | None = None
        self._observe_next = False
        self._is_observed = True
        """Whether all is known of the last step: if there was one, it was observed."""
        self._step_cost = 0.0

    # --- its turn ---

    def is_ready(self, now: float) -> bool:
        """Whether it would take a step now. It stands still while probes look at the moment."""
        return self.is_due(now) and not self.gazes.is_looking

    def is_due(self, now: float) -> bool:
        """Whether it is time for its next step."""
        return self.state == "running" and now >= self._due

    def wait(self, now: float) -> float:
        """Seconds until it wants to do something; infinite if it only waits to be asked."""
        waits = [self.bulletin.wait(now), self.gazes.wait(now, self.moment)]
        if self.state == "running":
            waits.append(max(0.0, self._due - now))
        return min((wait for wait in waits if wait is not None), default=math.inf)

    def train(self, until: float) -> int:
        """Take steps until the time is over, at least one; say how many."""
        steps, start = 0, time.thread_time()
        now = time.monotonic()
        while self.is_ready(now):
            to_be_looked_at = self._observe_next
            before = self.run.step
            self._advance(now, self._stroke(until - now))
            steps += max(1, self.run.step - before)
            now = time.monotonic()
            if now >= until or to_be_looked_at or self.bulletin.is_urgent:
                break
        if steps:
            spent = time.thread_time() - start
            self.used += spent
            self._step_cost += (spent / steps - self._step_cost) * (0.1 if self._step_cost else 1.0)
            self.timeline.write(self.used)
        return steps

    def plan(self, now: float, *, free: bool) -> None:
        """Let those probes look that are due; where one needs an observed step, all wait for it together.

        At a run that stands still, what is asked meanwhile need not wait for all that was asked before.
        """
        running = self.state == "running"
        if running and self.gazes.is_looking:
            return
        due = self.gazes.due(now, self.moment, free=free or not running)
        if running and not self._is_observed and any(gaze.probe.observes_step for gaze in due):
            self._observe_next = True
        else:
            self.gazes.enqueue(due)

    # --- what probes see ---

    def view(self, step: int | None = None, observed: bool = True) -> View:
        """Show the run now or at a past step, with its captured steps."""
        return replace(self.timeline.view(step, observed), captured=self._captured)

    def hold(self, captured: Captured) -> None:
        """Take over the captured step that probes execute from now on."""
        document = captured.document
        self._captures[captured.extent] = (
            Capture.model_validate_json(document) if document else captured.problem
        )
        self._changed()

    def capture(self, extent: Extent) -> Capture:
        """Capture the next step here and now, which takes seconds."""
        from neurarium.capture.capture import capture_run

        capture = self._captures[extent] = capture_run(self.run, extent)
        return capture

    def _captured(self, extent: Extent) -> Capture:
        known = self._captures.get(extent, WAITING)
        if isinstance(known, str):
            raise ValueError(known)
        if known.key != key_of(self.run.job, extent, known.examples):
            raise ValueError(WAITING)
        return known

    # --- what people ask ---

    def steer(self, command: AnyCommand | AnyControl, parcel: bytes = b"") -> Effect | None:
        """Carry out a command or control, or raise Refused; `parcel` is what it refers to."""
        match command:
            case Play():
                self._start("minibatch", None, command.pace)
            case Step():
                self._start(command.unit, command.count, None)
            case Pause():
                self._pause()
            case Rewind():
                self._rewind(command.step)
            case _:
                return self._apply(command, parcel)
        return None

    def stand_still(self) -> None:
        """Stop where it is, if it trains."""
        if self.state == "running":
            self._stand("paused")

    def fail(self, problem: Exception) -> None:
        """Stand still, with a sentence; the past can still be gone back to."""
        LOGGER.error("run %s failed at step %s", self.name, self.run.step, exc_info=problem)
        reason = "failed.memory" if is_out_of_memory(problem) else "failed.run"
        self._stand("failed", reason, {"step": self.run.step, "error": type(problem).__name__})

    def _start(self, unit: Unit, count: int | None, pace: float | None) -> None:
        if unit == "operation":
            raise TypeError("within a step nothing changes: that is no matter of the worker")
        self._check_alive()
        if self.run.step >= self.run.job.steps:
            raise Refused(
                "run-finished",
                f"All {self.run.job.steps} steps of this run are taken. Raise `steps` to train on.",
                steps=self.run.job.steps,
            )
        self._unit, self._left = unit, count
        self._pace, self._due = pace, time.monotonic()
        self._is_slow = pace is not None and pace <= SLOW
        self.timeline.write(self.used)
        self._set_state("running")
        self.bulletin.hurry()
        self.gazes.hurry()

    def _pause(self) -> None:
        """Stop, if a watched probe needs it after one more step that is observed."""
        if self.state != "running":
            return
        if not self._is_observed and any(gaze.probe.observes_step for gaze in self.gazes):
            self._unit, self._left, self._observe_next = "minibatch", 1, True
            self._advance(time.monotonic())
        else:
            self._stand("paused")

    def _rewind(self, step: int) -> None:
        try:
            self.timeline.rewind(step)
        except ValueError as problem:
            raise Refused("no-such-step", str(problem), step=step) from problem
        self._is_observed = True
        self.bulletin.rewound()
        self._changed()
        self._stand("paused")

    def _apply(self, command: AnyCommand, parcel: bytes) -> Effect:
        self._check_alive()
        examples = self.run.examples
        if parcel:
            self.run.parcels.put(parcel)
        try:
            effect = self.timeline.apply(command)
        except CommandError as problem:
            raise Refused("command-refused", str(problem)) from problem
        self._is_observed = self.run.observation is not None
        self.bulletin.journal(effect, data=self.run.examples is not examples)
        self._changed()
        if self.state == "finished" and self.run.step < self.run.job.steps:
            self._stand("paused")
        return effect

    def _check_alive(self) -> None:
        if self.state == "failed":
            raise Refused(
                "run-failed",
                "This run has failed. Go back to an earlier step of it, or start it anew.",
            )

    # --- steps ---

    def _stroke(self, seconds: float) -> int:
        """Say how many steps may be taken at one stroke within this time, so that the last one is taken by itself."""
        if self._unit == "example" or self._pace is not None or self.bulletin.is_urgent:
            return 1
        left = self.run.job.steps - self.run.step - 1
        if self._left is not None and self._unit == "minibatch":
            left = min(left, self._left - 1)
        elif self._left is not None:
            stream = self.run.stream
            batch = self.run.job.batch.count(len(stream))
            left = min(left, -(-(len(stream) - stream.offset) // batch) - (self._left == 1))
        affordable = seconds / self._step_cost if self._step_cost else 1.0
        return max(1, min(left, int(affordable)))

    def _advance(self, now: float, count: int = 1) -> None:
        """Take one step, or up to `count` of them at one stroke, and stop if that is what was asked for."""
        observe = self._observe_next or self._is_slow or self._is_last()
        start = time.thread_time() if observe else 0.0
        try:
            reports = self._take(count, observe=observe)
        except Diverged as problem:
            self.bulletin.rewound()
            self._changed()
            self._stand("diverged", problem.key, problem.values)
            return
        self._is_observed = observe
        if observe:
            self._observe_next = False
            self.observing += max(0.0, time.thread_time() - start - self._step_cost)
        self.moment += 1
        self.bulletin.add(reports)
        if self._pace is not None:
            soonest = UNHURRIED / self._pace if self._is_slow else -CATCH_UP
            self._due = max(self._due + 1 / self._pace, now + soonest)
        if self._left is not None and (self._unit != "epoch" or not self.run.stream.offset):
            self._left -= len(reports.loss) if self._unit != "epoch" else 1
        if self.run.step >= self.run.job.steps:
            self._stand("finished")
        elif self._left == 0:
            self._stand("paused")

    def _take(self, count: int, *, observe: bool) -> Reports:
        if count > 1 and not observe:
            return self.timeline.take_many(count)
        is_example = self._unit == "example"
        return Reports.of(self.timeline.take("example" if is_example else "minibatch", observe))

    def _is_last(self) -> bool:
        """Whether it will stand still after this step, so that everything should be known of it."""
        run, stream = self.run, self.run.stream
        if run.step + 1 >= run.job.steps:
            return True
        if self._left != 1 or self._unit != "epoch":
            return self._left == 1
        return stream.offset + run.job.batch.count(len(stream)) >= len(stream)

    def _changed(self) -> None:
        """Everything that is to be seen has changed at one stroke."""
        self.moment += 1
        self.bulletin.hurry()
        self.gazes.hurry()

    def _stand(self, state: State, reason: str | None = None, values: Values | None = None) -> None:
        self._left = self._pace = None
        self.timeline.write(self.used, sync=True)
        self._set_state(state, reason, values)

    def _set_state(
        self, state: State, reason: str | None = None, values: Values | None = None
    ) -> None:
        self.state = state
        self.bulletin.state(state, self._pace, reason, values or {})
