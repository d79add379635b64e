"""Do many runs in one worker cost more than one? Thirty runs that take turns, against one of them alone.

Both sides are the loop of a worker as it is, telling included; nobody watches.
Each counts steps per second of the processor.
"""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from statistics import mean

from benchmarks.race import Race, Round
from neurarium.sessions.demo import demo_job
from neurarium.training.job import Job, merge

NAME = "thirty runs in one worker"
TARGET = 0.95
ROUNDS = 9
RUNS = 30
SECONDS = 3.0
"""Of the processor, of each turn."""
ALONE = 10
"""How many, each by itself, give the speed of one alone."""
LONG = 10_000_000
READ = 1 << 20


class Crowd:
    """Some runs in one worker, and somebody who reads what it tells."""

    def __init__(self, count: int) -> None:
        from neurarium.sessions.channel import Channel
        from neurarium.sessions.governor import Governor
        from neurarium.sessions.protocol import Create, Steer
        from neurarium.sessions.shift import Shift

        self._near, self._far = socket.socketpair()
        self._far.setblocking(False)
        self.shift = Shift(Channel(self._near), "cpu", Governor())
        for number in range(count):
            name = f"run{number}"
            document = job(number).model_dump_json().encode()
            self.shift.desk.answer(Create(2 * number, name, 1, document))
            self.shift.desk.answer(Steer(2 * number + 1, name, b'{"kind":"play"}'))
        self.trainees = list(self.shift.desk.trainees.values())
        self.longest_gap = self.longest_wait = 0.0
        """Seconds between two turns of one run, at the worst in the last turn: of the processor, of the wall clock."""

    def turn(self, seconds: float = SECONDS) -> float:
        """Train for so long; return steps per second of the processor."""
        before, start = self._steps(), time.process_time()
        last = dict.fromkeys(range(len(self.trainees)), (start, time.monotonic()))
        steps = self._steps()
        self.longest_gap = self.longest_wait = 0.0
        while (spent := time.process_time() - start) < seconds:
            self.shift.once()
            now = time.process_time(), time.monotonic()
            for number, (old, new) in enumerate(zip(steps, self._steps(), strict=True)):
                if new != old:
                    self.longest_gap = max(self.longest_gap, now[0] - last[number][0])
                    self.longest_wait = max(self.longest_wait, now[1] - last[number][1])
                    last[number], steps[number] = now, new
            self._drain()
        return (sum(self._steps()) - sum(before)) / spent

    def close(self) -> None:
        """Hang up."""
        self._near.close()
        self._far.close()

    def _steps(self) -> list[int]:
        return [trainee.run.step for trainee in self.trainees]

    def _drain(self) -> None:
        try:
            while self._far.recv(READ):
                pass
        except BlockingIOError:
            return


def job(seed: int) -> Job:
    """The job of the first visit, without an end."""
    document = demo_job().model_dump(mode="json")
    return Job.model_validate(merge(document, {"steps": LONG, "seed": seed}))


def races() -> Iterator[Race]:
    """Let thirty race against some that are alone, each run for as long: a young run is looked over more often."""
    import torch

    torch.set_num_threads(1)
    with ExitStack() as stack:
        many = stack.enter_context(closing(Crowd(RUNS)))
        alone = [stack.enter_context(closing(Crowd(1))) for _ in range(ALONE)]
        rounds = [
            Round(many.turn(), mean(one.turn(SECONDS / RUNS) for one in alone))
            for _ in range(ROUNDS + 1)
        ]
        yield Race(NAME, TARGET, rounds[1:])
