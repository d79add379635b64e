"""The loop of a worker: many runs take turns in one thread, 1.5 ms each.

Between two turns it reads what it is asked, lets one probe look, and tells what is due.
"""

import time

from neurarium.sessions import gaze
from neurarium.sessions.channel import Channel
from neurarium.sessions.desk import Desk
from neurarium.sessions.governor import Governor
from neurarium.sessions.protocol import (
    Abandon,
    Beat,
    Blind,
    ChannelError,
    Picture,
    ToWorker,
    UnwatchProbe,
    Want,
    WatchProbe,
)
from neurarium.sessions.trainee import Trainee

QUANTUM = 0.0015
"""Seconds of one turn: what a command waits at most, besides the step under way."""
CREDIT = 0.01
"""Seconds of training that a run may have missed and still make up for, as it was not ready."""
BEAT = 0.5
"""Seconds between two signs of life."""
LONGEST_REST = 0.5


class Shift:
    """One worker at work."""

    def __init__(self, channel: Channel, device: str, governor: Governor) -> None:
        self.channel = channel
        self.desk = Desk(device, channel.send)
        self.governor = governor
        self._virtual = 0.0
        self._steps = 0
        self._beat_due = 0.0

    def run(self) -> None:
        """Work until the socket ends."""
        while True:
            for message in self.channel.receive():
                self.hear(message)
            now = time.monotonic()
            if now >= self._beat_due:
                self.beat(now)
            busy = self.turn(now)
            busy = self.look(time.monotonic()) or busy
            if not self.desk.is_idle and not self.channel.is_full:
                self.desk.carry_on(time.monotonic() + QUANTUM)
                busy = True
            self.desk.collect()
            now = time.monotonic()
            for trainee in self.desk.trainees.values():
                trainee.bulletin.tell(now)
            if not busy:
                self.rest(now)

    def hear(self, message: ToWorker) -> None:
        """Take one message."""
        if isinstance(message, Abandon):
            self.desk.analyses.abandon(message.id)
            return
        if not isinstance(message, (WatchProbe, UnwatchProbe, Want)):
            self.desk.answer(message)
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

    def turn(self, now: float) -> bool:
        """Let the run that has had the least time train for one quantum."""
        if self.channel.is_full:
            return False
        ready = [trainee for trainee in self.desk.trainees.values() if trainee.is_ready(now)]
        if not ready:
            return False
        for trainee in ready:
            trainee.used = max(trainee.used, self._virtual - CREDIT)
        chosen = min(ready, key=_used)
        self._virtual = max(self._virtual, chosen.used)
        before = chosen.used
        try:
            self._steps += chosen.train(now + QUANTUM)
        except Exception as problem:  # noqa: BLE001 - a run's fault ends that run, never the worker
            chosen.fail(problem)
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
        moment, step = trainee.moment, trainee.run.step
        try:
            body = gaze.draw(
                chosen.probe,
                trainee.name,
                trainee.timeline.view(observed=chosen.probe.observes_step),
            )
            self.channel.send(Picture(trainee.name, trainee.attempt, chosen.watch, step, body))
        except ChannelError:
            raise
        except Exception as problem:  # noqa: BLE001 - whatever a probe does, the run goes on
            code, sentence = gaze.excuse(problem, chosen.probe)
            self.channel.send(
                Blind(trainee.name, trainee.attempt, chosen.watch, step, code, sentence)
            )
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
            Beat(books.training, books.looking, books.looking_free, books.looks, self._steps)
        )

    def rest(self, now: float) -> None:
        """Sleep until something is due or comes."""
        waits = [trainee.wait(now) for trainee in self.desk.trainees.values()]
        seconds = min([LONGEST_REST, max(0.0, self._beat_due - now), *waits])
        if self.channel.is_full:
            seconds = BEAT
        self.channel.wait(seconds)


def _used(trainee: Trainee) -> float:
    return trainee.used


def _looked(trainee: Trainee) -> int:
    return trainee.looked
