"""The same run many times over, each copy with one setting of its own: trained side by side.

Copies that differ in numbers only, of a network that the compiled engine takes, are one program: `Abreast`. All others
take their steps one after the other: `InTurn`. Both come back after a few milliseconds, so that others have their turn.
"""

import math
import time
from abc import ABC, abstractmethod
from collections.abc import Generator, Iterator, Sequence
from typing import Any, ClassVar

from neurarium.training.check import JobError
from neurarium.training.command import Change
from neurarium.training.divergence import Diverged
from neurarium.training.job import Job, merge
from neurarium.training.lockstep import Lockstep, evaluate
from neurarium.training.run import Run
from neurarium.training.state import State
from neurarium.training.steering import changed_job

Evaluation = dict[str, list[float]]
"""By name (`train_loss`, ...), one number for each copy; infinite where the copy has diverged."""
Found = list[dict[str, float]]
"""The same by copy; nothing of one that has diverged."""
LOCKSTEP = "lockstep"
"""What page and programs call the engine of copies that are one program."""
PORTION = 0.002
"""Seconds of the processor between two turns, where one step of one copy takes less."""
STRIDE = 32
"""Steps that a copy takes at one stroke, at most: more save nothing."""
AHEAD = 1.0
"""Seconds of the processor that some copies may be ahead of others."""


class Replicas(ABC):
    """Copies that train in step with each other. One that diverges stands still from then on."""

    def __init__(self, runs: Sequence[Run]) -> None:
        self.runs = runs
        self.steps = 0
        """Steps that each has taken since it was copied."""
        self.diverged = [False] * len(runs)
        self.seconds = 0.0
        """Of the processor, spent on steps and evaluations."""

    def __len__(self) -> int:
        """Count the copies."""
        return len(self.runs)

    @property
    @abstractmethod
    def engine(self) -> str:
        """Name what computes their steps."""

    @abstractmethod
    def advance(self, most: int) -> Iterator[None]:
        """Take a few steps of each, at most so many; in between somebody else may have a turn."""

    @abstractmethod
    def look(self) -> Generator[None, None, Found]:
        """Ask each that has not diverged how good it is on both whole sets."""

    def evaluate(self) -> Generator[None, None, Evaluation]:
        """Ask each how good it is on both whole sets; in between somebody else may have a turn."""
        found = yield from self.look()
        for replica, values in enumerate(found):
            if not math.isfinite(values.get("train_loss", 0.0)):
                self.diverged[replica] = True
        names = dict.fromkeys(name for values in found for name in values)
        return {
            name: [
                math.inf if gone and name.endswith("loss") else values.get(name, math.nan)
                for gone, values in zip(self.diverged, found, strict=True)
            ]
            for name in names or ("train_loss",)
        }

    def alive(self) -> list[int]:
        """Say which have not diverged."""
        return [replica for replica, gone in enumerate(self.diverged) if not gone]

    def state(self, replica: int) -> State:
        """Copy all that the continuation of one of them depends on."""
        return self.runs[replica].state()


class InTurn(Replicas):
    """Copies of any kind: each takes one step, then the next copy does."""

    @property
    def engine(self) -> str:
        """Name the engine of the copies; several, if a setting decides about it."""
        return ", ".join(dict.fromkeys(run.engine.name for run in self.runs))

    def advance(self, most: int) -> Iterator[None]:
        """Take one step of each."""
        del most  # it is at least one
        for replica in self.alive():
            start = time.thread_time()
            try:
                self.runs[replica].take()
            except Diverged:
                self.diverged[replica] = True
            self.seconds += time.thread_time() - start
            yield
        self.steps += 1

    def look(self) -> Generator[None, None, Found]:
        """Evaluate one after the other."""
        found: Found = [{} for _ in self.runs]
        for replica in self.alive():
            start = time.thread_time()
            found[replica] = self.runs[replica].evaluate()
            self.seconds += time.thread_time() - start
            yield
        return found


class Pace:
    """What one unit of some work costs, to cut the work into portions."""

    def __init__(self) -> None:
        self.cost = PORTION
        """Seconds of the processor; until it is known, one unit is a portion."""

    def note(self, seconds: float, units: int) -> None:
        """Learn from a portion: half from the last, as machines are never quiet."""
        self.cost = (self.cost + seconds / units) / 2

    def within(self, seconds: float, most: int, each: int = 1) -> int:
        """Say how often `each` units fit: at least once."""
        return max(1, min(most, int(seconds / max(self.cost * each, 1e-9))))


class Abreast(Replicas):
    """Copies that differ in numbers only: one compiled program takes many steps of many of them."""

    engine: ClassVar[str] = LOCKSTEP

    def __init__(self, lockstep: Lockstep) -> None:
        super().__init__(lockstep.runs)
        self.lockstep = lockstep
        self._steps, self._looks = Pace(), Pace()

    def advance(self, most: int) -> Iterator[None]:
        """Take some steps of each, group by group."""
        alive = self.alive()
        stride = self._steps.within(AHEAD, min(most, STRIDE), max(1, len(alive)))
        while alive:
            size = self._steps.within(PORTION, len(alive), stride)
            group, alive = alive[:size], alive[size:]
            yield from self._march(group, stride)
        self.steps += stride

    def _march(self, group: list[int], steps: int) -> Iterator[None]:
        """Take steps of a group: as many as fit into a portion, and again."""
        while steps and group:
            start = time.thread_time()
            count = self._steps.within(PORTION, steps, len(group))
            told = self.lockstep.take_some(group, count, look=False)
            taken = max([len(each.loss) for each in told if each], default=0)
            spent = time.thread_time() - start
            self._steps.note(spent, max(1, taken) * len(group))
            self.seconds += spent
            for replica in self.lockstep.diverged:
                self.diverged[replica] = True
            group = [replica for replica in group if not self.diverged[replica]]
            steps -= taken
            yield

    def look(self) -> Generator[None, None, Found]:
        """Send the whole sets of several copies through their networks at once."""
        found: Found = [{} for _ in self.runs]
        alive = self.alive()
        while alive:
            start = time.thread_time()
            size = self._looks.within(PORTION, len(alive))
            group, alive = alive[:size], alive[size:]
            for replica, values in zip(
                group, evaluate([self.runs[each] for each in group]), strict=True
            ):
                found[replica] = values
            spent = time.thread_time() - start
            self._looks.note(spent, len(group))
            self.seconds += spent
            yield
        return found


def together(runs: list[Run]) -> Replicas:
    """Train runs in lockstep if they can be one program, else in turn."""
    try:
        lockstep = Lockstep(runs)
    except JobError:
        return InTurn(runs)  # they differ in more than numbers
    return Abreast(lockstep) if lockstep.is_one_program else InTurn(runs)


def replicate(
    state: State, device: str, key: str, values: list[Any], steps: int, fast: bool = True
) -> Generator[None, None, Replicas]:
    """Copy a run from a state on, each copy with another value of `key`; CommandError or JobError if that cannot be.

    A run that is nearly over is given the steps that the copies are to take.
    """
    more = max(state.facts.job.steps, state.facts.step + steps)
    runs: list[Run] = []
    for value in values:
        run = Run(state.facts.job, device, fast=fast)
        run.restore(state)
        run.apply(Change(changes={key: value} | ({} if key == "steps" else {"steps": more})))
        runs.append(run)
        yield
    return together(runs)


def begin(
    job: Job, device: str, key: str, values: list[Any], steps: int, fast: bool = True
) -> Generator[None, None, Replicas]:
    """Make runs that begin anew, each with another value of `key`."""
    longer = job.model_copy(update={"steps": max(job.steps, steps)})
    runs: list[Run] = []
    for value in values:
        runs.append(Run(altered(longer, key, value), device, fast=fast))
        yield
    return together(runs)


def altered(job: Job, key: str, value: Any) -> Job:
    """Lay a value over a job that has not begun, or raise CommandError."""
    if key != "seed":
        return changed_job(job, {key: value})
    return Job.model_validate(merge(job.model_dump(mode="json"), {key: value}))
