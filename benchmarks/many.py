"""Do many runs in one worker cost more than one? Thirty runs that take turns, against one of them alone.

Both sides are the loop of a worker as it is, telling included; nobody watches.
Each counts steps per second of the processor.
"""

import gc
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
SETTLED = 10_000
STRETCH = 3_000
"""Steps of each run in one round, behind those at which a young run is evaluated and kept more often."""
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

    def until(self, step: int) -> float:
        """Train until the runs have come to this step in the mean; return steps per second of the processor."""
        before, start = sum(self._steps()), time.process_time()
        while (after := sum(self._steps())) < step * len(self.trainees):
            self.shift.once()
            self._drain()
        return (after - before) / (time.process_time() - start)

    def gaps(self, seconds: float) -> tuple[float, float]:
        """Train for so long; return the longest time between two turns of a run: processor, wall clock."""
        start = time.process_time()
        steps, last = self._steps(), [(start, time.monotonic())] * len(self.trainees)
        gap = wait = 0.0
        while time.process_time() - start < seconds:
            self.shift.once()
            self._drain()
            now = time.process_time(), time.monotonic()
            for number, (old, new) in enumerate(zip(steps, self._steps(), strict=True)):
                if new != old:
                    gap = max(gap, now[0] - last[number][0])
                    wait = max(wait, now[1] - last[number][1])
                    last[number], steps[number] = now, new
        return gap, wait

    def close(self) -> None:
        """Hang up."""
        self.shift.garbage.close()
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
    """Let thirty race against some that are alone, over the same steps."""
    import torch

    torch.set_num_threads(1)
    with ExitStack() as stack:
        many = stack.enter_context(closing(Crowd(RUNS)))
        alone = [stack.enter_context(closing(Crowd(1))) for _ in range(ALONE)]
        gc.collect()
        gc.freeze()  # as a worker does
        rounds = []
        for end in range(SETTLED, SETTLED + (ROUNDS + 1) * STRETCH, STRETCH):
            rounds.append(Round(many.until(end), mean(one.until(end) for one in alone)))
        gc.unfreeze()
        yield Race(NAME, TARGET, rounds[1:])
