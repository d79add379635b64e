"""The same run many times over, each copy with one setting of its own: trained side by side, step by step."""

import math
import time
from collections.abc import Generator, Iterator
from typing import Any

from neurarium.training.command import Change
from neurarium.training.divergence import Diverged
from neurarium.training.job import Job, merge
from neurarium.training.run import Run
from neurarium.training.state import State
from neurarium.training.steering import changed_job

Evaluation = dict[str, list[float]]
"""By name (`train_loss`, ...), one number for each copy; infinite where the copy has diverged."""


class Replicas:
    """Copies that train in step with each other. One that diverges stands still from then on."""

    def __init__(self, runs: list[Run]) -> None:
        self.runs = runs
        self.steps = 0
        """Steps that each has taken since it was copied."""
        self.diverged = [False] * len(runs)
        self.seconds = 0.0
        """Of the processor, spent on steps and evaluations."""

    def __len__(self) -> int:
        """Count the copies."""
        return len(self.runs)

    def advance(self) -> Iterator[None]:
        """Take one step of each; between two of them somebody else may have a turn."""
        for replica, run in enumerate(self.runs):
            if self.diverged[replica]:
                continue
            start = time.thread_time()
            try:
                run.take()
            except Diverged:
                self.diverged[replica] = True
            self.seconds += time.thread_time() - start
            yield
        self.steps += 1

    def evaluate(self) -> Generator[None, None, Evaluation]:
        """Ask each how good it is on both whole sets; between two of them somebody else may have a turn."""
        found: list[dict[str, float]] = []
        for replica, run in enumerate(self.runs):
            start = time.thread_time()
            values = {} if self.diverged[replica] else run.evaluate()
            if not math.isfinite(values.get("train_loss", 0.0)):
                self.diverged[replica] = True
            found.append(values)
            self.seconds += time.thread_time() - start
            yield
        names = dict.fromkeys(name for values in found for name in values)
        return {
            name: [
                math.inf if gone and name.endswith("loss") else values.get(name, math.nan)
                for gone, values in zip(self.diverged, found, strict=True)
            ]
            for name in names or ("train_loss",)
        }

    def state(self, replica: int) -> State:
        """Copy all that the continuation of one of them depends on."""
        return self.runs[replica].state()


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
    return Replicas(runs)


def begin(
    job: Job, device: str, key: str, values: list[Any], steps: int, fast: bool = True
) -> Generator[None, None, Replicas]:
    """Make runs that begin anew, each with another value of `key`."""
    longer = job.model_copy(update={"steps": max(job.steps, steps)})
    runs: list[Run] = []
    for value in values:
        runs.append(Run(altered(longer, key, value), device, fast=fast))
        yield
    return Replicas(runs)


def altered(job: Job, key: str, value: Any) -> Job:
    """Lay a value over a job that has not begun, or raise CommandError."""
    if key != "seed":
        return changed_job(job, {key: value})
    return Job.model_validate(merge(job.model_dump(mode="json"), {key: value}))
