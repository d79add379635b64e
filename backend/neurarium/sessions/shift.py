"""The loop of a worker: many runs take turns in one thread, 1.5 to 3 ms each.

Between two turns it reads what it is asked, lets one probe look, and tells what is due.
"""

import time
from collections import deque
from statistics import median

from neurarium.sessions import gaze
from neurarium.sessions.ahead import Ahead
from neurarium.sessions.channel import Channel
from neurarium.sessions.desk import Desk
from neurarium.sessions.garbage import Garbage
from neurarium.sessions.gathering import interval_among
from neurarium.sessions.governor import Governor
from neurarium.sessions.protocol import (
    Abandon,
    Beat,
    Blind,
    Captured,
    ChannelError,
    Picture,
    ToWorker,
    UnwatchProbe,
    Want,
    WatchProbe,
)
from neurarium.sessions.slip import Slip
from neurarium.sessions.trainee import Trainee

QUANTUM = 0.0015
"""Seconds of one turn of a run that is alone: what a command waits at most, besides the step under way."""
LONGEST_QUANTUM = 0.003
DOUBLED = 15
"""Runs for which a turn lasts twice as long: each begins with what the others have left of the processor's caches."""
COURTESY = 3
"""Turns that training lets pass for one of its own while somebody waits for a past step."""
CREDIT = 0.01
"""Seconds of training that a run may have missed and still make up for, as it was not ready."""
ROUND = 0.01
"""Seconds between two times at which all runs are asked whether they have something to tell."""
BEAT = 0.5
"""Seconds between two signs of life."""
LONGEST_REST = 0.5
TYPICAL = 9
"""Turns over which a typical step of a run is taken."""


class Shift:
    """One worker at work."""

    def __init__(
        self,
        channel: Channel,
        device: str,
        governor: Governor,
        slip: Slip | None = None,
        ahead: Ahead | None = None,
    ) -> None:
        self.channel = channel
        self.slip = slip
        self.ahead = ahead or Ahead(())
        self.desk = Desk(device, channel.send)
        self.governor = governor
        self.garbage = Garbage()
        self._virtual = 0.0
        self._steps = 0
        self._running = 0
        """Runs that could have trained in the last turn."""
        self._passed = 0
        """Turns that training has let pass."""
        self._beat_due = self._round_due = 0.0
        self._spans: dict[str, deque[float]] = {}
        """Seconds of a step in the last turns of each run."""

    def run(self) -> None:
        """Work until the socket ends."""
        try:
            while True:
                self.once()
        finally:
            self.garbage.close()

    def once(self) -> None:
        """Read what has come, let one run train and one probe look, and tell what is due."""
        for message in self.channel.receive():
            self.hear(message)
        now = time.monotonic()
        if now >= self._beat_due:
            self.beat(now)
        busy = not self._gives_way() and self.turn(now)
        busy = self.look(time.monotonic()) or busy
        if not self.desk.is_idle and not self.channel.is_full:
            self._note(self.desk.turn)
            self.desk.carry_on(time.monotonic() + QUANTUM)
            self._note("")
            busy = True
        self.desk.collect()
        now = time.monotonic()
        if not busy or now >= self._round_due:
            self._tell(now)
        self.garbage.collect(idle=not busy)
        if not busy and (self.desk.trainees or not self.ahead.go_on(now)):
            self.rest(now)

    def _tell(self, now: float) -> None:
        """Let all runs tell what it is time for."""
        self._round_due = now + ROUND
        interval = interval_among(self._running)
        for trainee in self.desk.trainees.values():
            trainee.bulletin.tell(now, interval)

    def hear(self, message: ToWorker) -> None:
        """Take one message."""
        self.ahead.heard(time.monotonic())
        if isinstance(message, Abandon):
            self.desk.analyses.abandon(message.id)
            return
        if not isinstance(message, (WatchProbe, UnwatchProbe, Want, Captured)):
            self._note(message.run)
            self.desk.answer(message)
            self._note("")
            return
        trainee = self.desk.trainees.get(message.run)
        if trainee is None:
            return
        match message:
            case WatchProbe():
                self.watch(trainee, message)
            case UnwatchProbe():
                trainee.gazes.remove(message.watch)
            case Want():
                trainee.gazes.want(message.watch)
            case Captured():
                trainee.hold(message)

    def watch(self, trainee: Trainee, message: WatchProbe) -> None:
        """Begin to look again and again."""
        try:
            trainee.gazes.add(message.watch, gaze.read(message.probe))
        except ValueError as problem:
            sentence = f"These are not the settings of a probe: {problem}."
            step = trainee.run.step
            self.channel.send(
                Blind(trainee.name, trainee.attempt, message.watch, step, "probe-refused", sentence)
            )

    def _gives_way(self) -> bool:
        """Whether training lets this turn pass, as somebody waits for a past step."""
        gives = self.desk.is_awaited and self._passed < COURTESY
        self._passed = self._passed + 1 if gives else 0
        return gives

    def turn(self, now: float) -> bool:
        """Let the run that has had the least time train for one quantum."""
        if self.channel.is_full:
            return False
        ready = [trainee for trainee in self.desk.trainees.values() if trainee.is_ready(now)]
        self._running = len(ready)
        if not ready:
            return False
        for trainee in ready:
            trainee.used = max(trainee.used, self._virtual - CREDIT)
        chosen = min(ready, key=_used)
        self._virtual = max(self._virtual, chosen.used)
        before = chosen.used
        self._note(chosen.name)
        try:
            steps = chosen.train(now + quantum_among(len(ready)))
        except Exception as problem:  # noqa: BLE001 - a run's fault ends that run, never the worker
            chosen.fail(problem)
        else:
            self._steps += steps
            if chosen.bulletin.is_urgent:
                chosen.bulletin.tell(time.monotonic())
            spans = self._spans.setdefault(chosen.name, deque(maxlen=TYPICAL))
            spans.append((time.monotonic() - now) / max(1, steps))
        self._note("")
        self.governor.trained(chosen.used - before)
        return True

    def look(self, now: float) -> bool:
        """Let one probe look, if one is due and can be paid for."""
        if self.channel.is_full:
            return False
        trainees = [trainee for trainee in self.desk.trainees.values() if trainee.gazes]
        if not trainees:
            return False
        running = any(t.state == "running" and t.is_due(now) for t in self.desk.trainees.values())
        self.governor.share_out([trainee.gazes.account for trainee in trainees])
        for trainee in sorted(trainees, key=_looked):
            trainee.plan(now, free=not running)
            chosen = trainee.gazes.next()
            if chosen is not None:
                self._look(trainee, chosen, free=not running)
                return True
        return False

    def _look(self, trainee: Trainee, chosen: gaze.Gaze, *, free: bool) -> None:
        start = time.thread_time()
        self._note(trainee.name)
        moment, step = trainee.moment, trainee.run.step
        try:
            body = gaze.draw(
                chosen.probe,
                trainee.name,
                trainee.view(observed=chosen.probe.observes_step),
            )
            self.channel.send(Picture(trainee.name, trainee.attempt, chosen.watch, step, body))
        except ChannelError:
            raise
        except Exception as problem:  # noqa: BLE001 - whatever a probe does, the run goes on
            code, sentence = gaze.excuse(problem, chosen.probe)
            self.channel.send(
                Blind(trainee.name, trainee.attempt, chosen.watch, step, code, sentence)
            )
        self._note("")
        trainee.looked = self.governor.looks
        chosen.saw(moment, time.monotonic())
        seconds = time.thread_time() - start + trainee.observing
        trainee.observing = 0.0
        self.governor.looked(trainee.gazes.account, chosen.purse, seconds, free=free)

    def beat(self, now: float) -> None:
        """Give a sign of life."""
        self._beat_due = now + BEAT
        books = self.governor
        self.channel.send(
            Beat(
                seconds_training=books.training,
                seconds_looking=books.looking,
                seconds_looking_free=books.looking_free,
                looks=books.looks,
                steps=self._steps,
                step=self._typical_step(),
            )
        )

    def _typical_step(self) -> float:
        """Seconds of a typical step of the slowest run."""
        self._spans = {
            name: spans for name, spans in self._spans.items() if name in self.desk.trainees
        }
        return max((median(spans) for spans in self._spans.values()), default=0.0)

    def _note(self, run: str) -> None:
        """Note whose turn it is, for the case that it ends this process."""
        if self.slip is not None:
            self.slip.write(run)

    def rest(self, now: float) -> None:
        """Sleep until something is due or comes."""
        waits = [trainee.wait(now) for trainee in self.desk.trainees.values()]
        seconds = min([LONGEST_REST, max(0.0, self._beat_due - now), *waits])
        if self.channel.is_full:
            seconds = BEAT
        self.channel.wait(seconds)


def quantum_among(runs: int) -> float:
    """Seconds of one turn, where so many take turns."""
    return min(LONGEST_QUANTUM, QUANTUM * (1 + (runs - 1) / DOUBLED))


def _used(trainee: Trainee) -> float:
    return trainee.used


def _looked(trainee: Trainee) -> int:
    return trainee.looked
