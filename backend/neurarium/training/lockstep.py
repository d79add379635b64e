"""Many runs that differ in scalar settings only, trained side by side: each is exactly what it would be alone.

    sweep = Lockstep.of([job.model_copy(update={"seed": seed}) for seed in range(64)])
    while sweep.step < sweep.steps:
        told = sweep.take_many(200)
        told.loss                   # (replicas, steps taken); nan where a replica has diverged before
        told.evaluations            # for each replica its `train_loss`, ..., at those steps where sets are looked at
    sweep.state(7)                  # one replica as an ordinary state: `Run.restore` goes on from it

Jobs may differ in seed, title, the numbers of optimiser, schedule and regulariser, and in their data as long as these
have equal sizes. A replica that diverges stands still at its last finite step (`sweep.diverged`), the others go on.

Networks that the compiled engine takes are one program, called once for all replicas and many steps. Of all others each
replica takes its step in turn.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Self

import numpy as np
import torch
from numpy.typing import NDArray

from neurarium.training.budget import LARGEST_EVALUATION
from neurarium.training.check import JobError
from neurarium.training.divergence import Diverged
from neurarium.training.engine.chain import Chain, Line
from neurarium.training.engine.contract import Repeating
from neurarium.training.job import Job
from neurarium.training.report import Reports
from neurarium.training.run import Run
from neurarium.training.state import State

SAME = (
    "graph",
    "task",
    "loss",
    "rates",
    "init",
    "tampering",
    "batch",
    "steps",
    "precision",
    "device",
    "engine",
)
"""Entries of a job that all replicas share."""
ALIKE = ("optimizer", "schedule", "regulariser", "dataset")
"""Entries that may differ in their numbers, but not in their kind."""


class Told(NamedTuple):
    """What some steps of all replicas tell; curves are (replicas, steps), nan where a replica stands still."""

    first: int
    """The number of the first of these steps."""
    loss: NDArray[np.float64]
    penalty: NDArray[np.float64]
    lr: NDArray[np.float64]
    evaluations: list[dict[str, float] | None]
    """Of each replica, after the last of these steps."""


class Lockstep:
    """Replicas in training."""

    def __init__(self, runs: Sequence[Run]) -> None:
        """Go on with runs that stand at one step; JobError if they differ in more than numbers."""
        if not runs:
            raise JobError("There is no job to train.")
        for run in runs[1:]:
            _check_alike(runs[0], run)
        self.runs = runs
        self.steps = runs[0].job.steps
        self.diverged: dict[int, Diverged] = {}
        """Replicas that stand still, and why."""
        self.is_one_program = all(
            isinstance(run.engine, Repeating) and run.engine.abreast for run in runs
        )
        """Whether one call takes the steps of many replicas; else each takes its own in turn."""

    @classmethod
    def of(cls, jobs: Sequence[Job], device: str | None = None) -> Self:
        """Build all replicas; JobError if a job cannot be run or differs from the first in more than numbers."""
        return cls([Run(job, device) for job in jobs])

    @property
    def step(self) -> int:
        """Where those are that have not diverged."""
        return max(run.step for run in self.runs)

    def __len__(self) -> int:
        """Count the replicas."""
        return len(self.runs)

    def __iter__(self) -> Iterator[Told]:
        """Train until the jobs' steps are taken."""
        return self

    def __next__(self) -> Told:
        """Take one step with each; StopIteration once all are taken, or no replica is finite any more."""
        if self.step >= self.steps or len(self.diverged) == len(self):
            raise StopIteration
        return self.take_many(1)

    def take_many(self, count: int) -> Told:
        """Take up to `count` steps with each replica; they end where whole sets are evaluated."""
        alive = [place for place in range(len(self)) if place not in self.diverged]
        first = self.step + 1
        told = self.take_some(alive, min(count, self.steps - self.step))
        whole = np.full((3, len(self), self.step + 1 - first), np.nan)
        evaluations: list[dict[str, float] | None] = [None] * len(self)
        for place, each in zip(alive, told, strict=True):
            if each is not None:
                whole[:, place, : len(each.loss)] = each.loss, each.penalty, each.lr
                evaluations[place] = each.evaluation
        loss, penalty, lr = whole
        return Told(first, loss, penalty, lr, evaluations)

    def take_some(
        self, places: Sequence[int], count: int, *, look: bool = True
    ) -> list[Reports | None]:
        """Take up to `count` steps with some replicas; of one that diverges there are fewer reports, or None.

        They end where whole sets are evaluated; none are without `look`, where the network is one program.
        """
        told = self._take([self.runs[place] for place in places], count, look)
        taken = max([len(each.loss) for each in told if each], default=0)
        for place, each in zip(places, told, strict=True):
            if each is None or len(each.loss) < taken:
                self._find_cause(place)
        return told

    def state(self, replica: int) -> State:
        """One replica as a state of its own."""
        return self.runs[replica].state()

    def _take(self, runs: Sequence[Run], count: int, look: bool) -> list[Reports | None]:
        """Let runs take as many steps as all of them can; None: its very next step is not finite."""
        if not runs or not self.is_one_program:
            return [_one(run) for run in runs]
        from neurarium.training.engine import fused

        engines = [run.engine for run in runs if isinstance(run.engine, fused.Fused)]
        ahead = [run.look_ahead(count, look=look) for run in runs]
        plans, lrs = [plan for plan, _ in ahead], np.stack([rates for _, rates in ahead])
        examples = [run.stream.tensors for run in runs]
        bursts = fused.together(engines, examples, plans, lrs)
        told = [
            run.catch_up(plan, rates, burst, look=False) if burst.taken else None
            for run, (plan, rates), burst in zip(runs, ahead, bursts, strict=True)
        ]
        if not look:
            return told
        due = [
            run for run, each in zip(runs, told, strict=True) if each and run.is_to_be_evaluated()
        ]
        for run in due:
            run.evaluated = run.step
        seen = dict(zip(map(id, due), evaluate(due), strict=True))
        return [
            each and each._replace(evaluation=seen.get(id(run)))
            for run, each in zip(runs, told, strict=True)
        ]

    def _find_cause(self, place: int) -> None:
        try:
            self.runs[place].take()
        except Diverged as divergence:
            self.diverged[place] = divergence


def evaluate(runs: Sequence[Run]) -> list[dict[str, float]]:
    """Evaluate replicas whose layers are chains of one shape, all in one pass."""
    chains = [run.engine for run in runs if isinstance(run.engine, Chain)]
    if not runs or runs[0].evaluation.count > LARGEST_EVALUATION:
        return [run.evaluate() for run in runs]
    sets = [run.evaluation.tensors for run in runs]
    batch = {name: torch.stack([each[name] for each in sets]) for name in sets[0]}
    first, evaluation, job = chains[0], runs[0].evaluation, runs[0].job
    with torch.no_grad():
        x = batch[first.input].flatten(2)
        for layers in zip(*(chain.layers for chain in chains), strict=True):
            lines = [layer for layer in layers if isinstance(layer, Line)]
            if not lines:
                x = layers[0].forward(x)
                continue
            x = torch.bmm(x, torch.stack([line.transposed for line in lines]))
            biases = [line.bias for line in lines if line.bias is not None]
            x = x + torch.stack(biases)[:, None] if biases else x
        return evaluation.means(evaluation.columns({first.output: x}, batch, job))


def _one(run: Run) -> Reports | None:
    before = run.step
    try:
        return Reports.of(run.take())
    except Diverged:
        if run.step != before:
            raise
        return None


def _check_alike(first: Run, second: Run) -> None:
    one, other = first.job, second.job
    for name in SAME:
        if getattr(one, name) != getattr(other, name):
            raise JobError(f"Replicas cannot differ in `{name}`.")
    for name in ALIKE:
        if getattr(one, name).kind != getattr(other, name).kind:
            raise JobError(f"Replicas cannot differ in the kind of `{name}`.")
    if _sizes(first) != _sizes(second):
        raise JobError("Replicas need data sets of one size.")
    if _place(first) != _place(second):
        raise JobError("Replicas have to stand at one step.")


def _sizes(run: Run) -> tuple[object, ...]:
    whole = run.evaluation.tensors.items()
    return len(run.stream), {name: (tensor.shape, tensor.dtype) for name, tensor in whole}


def _place(run: Run) -> tuple[int, ...]:
    return run.step, run.evaluated, run.stream.epoch, run.stream.offset
