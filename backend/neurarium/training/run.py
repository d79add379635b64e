"""The loop: a run is an iterator, and one `next()` is one step of the optimiser.

    run = Run(job)
    for report in run:
        print(report.step, report.loss)

Pausing is not asking. There are no threads, sockets or callbacks in here. All randomness is drawn from (seed, purpose,
step), so that `state()` holds nothing but tensors and a few numbers, and `restore()` goes on bit for bit.
"""

import math
from collections.abc import Iterator, Mapping
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from neurarium.dataset import Examples, drawn
from neurarium.training import checkpoint
from neurarium.training.check import JobError, check_job
from neurarium.training.command import AnyCommand, Effect
from neurarium.training.device import choose, settle
from neurarium.training.divergence import Diverged, find_cause
from neurarium.training.dropping import Dropped, watched
from neurarium.training.engine import choose_engine
from neurarium.training.engine.contract import Burst, Memory, Repeating
from neurarium.training.engine.plain import Plain
from neurarium.training.evaluation import Evaluation
from neurarium.training.former import Former
from neurarium.training.fresh import fresh_network
from neurarium.training.gate import tamper
from neurarium.training.job import Job
from neurarium.training.parcel import Loose, Parcels
from neurarium.training.report import Report, Reports
from neurarium.training.seed import derive
from neurarium.training.state import State
from neurarium.training.steering import steer
from neurarium.training.stream import Batch, Plan, Stream, to_tensors
from neurarium.training.surgery import is_even
from neurarium.training.trimming import trimmed
from neurarium.training.view import Observation, View
from neurarium_models.inspect import inspect
from neurarium_models.network import Network

Unit = Literal["example", "minibatch", "epoch"]
PRECISIONS = {"float32": torch.float32, "float64": torch.float64}
AHEAD = 2**18
"""Examples that are looked at at one stroke, at most."""


class Run:
    """One job in training. Between two steps it may be looked at (`view`), changed (`apply`) and saved (`state`)."""

    def __init__(
        self,
        job: Job,
        device: str | None = None,
        *,
        fast: bool = True,
        parcels: Parcels | None = None,
    ) -> None:
        """Build the network and draw the data, or raise JobError.

        `device` overrules the job's. Without `fast`, every step is computed by the plain engine, whatever the job says.
        `parcels` keeps what commands refer to; without it, it is kept in memory.
        """
        self.fast = fast
        self.parcels = Loose() if parcels is None else parcels
        self.device = choose(device or job.device, job.precision)
        self.place = settle(self.device)
        self.begin(job)

    def begin(self, job: Job) -> None:
        """Be at the very beginning of a job."""
        check_job(job)
        self.dtype = PRECISIONS[job.dtype]
        self.step = 0
        self.evaluated = 0
        self.observation: Observation | None = None
        """What the last step told, if it was observed."""
        self.formers: tuple[Former, ...] = ()
        """The networks that were edited since the last step, the latest last."""
        self.examples = drawn(job.dataset, job.seed)
        if not len(self.examples.train):
            raise JobError("These data hold no example to learn from.")
        train = self.examples.train
        self.stream = Stream(train, self.inputs(train.arrays), job.seed, job.batch)
        self.use(job, self.new_network(job), {})
        self.evaluation = self._whole_sets()

    def __iter__(self) -> Iterator[Report]:
        """Train until the job's steps are taken."""
        return self

    def __next__(self) -> Report:
        """Take one step with the job's own batch; StopIteration once all its steps are taken."""
        if self.step >= self.job.steps:
            raise StopIteration
        return self.take()

    def advance(self, unit: Unit) -> Iterator[Report]:
        """Train for one example, one minibatch, or until the end of the epoch under way."""
        yield self.take(unit)
        while unit == "epoch" and self.stream.offset:
            yield self.take(unit)

    def take(self, unit: Unit = "minibatch", observe: bool = False) -> Report:
        """One step: show the network a few examples, see how wrong it is, and move every weight a little downhill.

        Where loss or penalty are not finite, Diverged is raised and no parameter moves. With `observe`, `observation`
        tells afterwards what went into the step.
        """
        batch = self.stream.peek(1 if unit == "example" else self.job.batch.count(len(self.stream)))
        tensors = trimmed(batch.tensors, self.network)
        lr = self.job.optimizer.lr * self.job.schedule.factor(self.step, self.job.steps)

        with watched(self.network, on=observe) as dropped:
            losses, loss, penalty = self.engine.backward(tensors, self.step)
        if not math.isfinite(loss + penalty):
            raise Diverged(self.step, find_cause(self.network, tensors), lr)
        before = self._values() if observe else None
        self.engine.update(lr)

        self.stream.advance(len(batch.ids))
        self.step += 1
        self.formers = ()
        self.observation = (
            self._observe(batch, losses, before, lr, dropped) if before is not None else None
        )
        return Report(self.step, self.epoch, loss, penalty, lr, self._look_around())

    def take_many(self, count: int) -> Reports:
        """Take up to `count` steps with the job's own batch, at one stroke where the engine can, else one.

        They end where whole sets are evaluated. Diverged is raised where the first of them would have been; before a
        later one, the stroke ends.
        """
        engine, count = self.engine, min(count, self.job.steps - self.step)
        if count <= 1 or not isinstance(engine, Repeating):
            return Reports.of(self.take())
        plan, lrs = self.look_ahead(count)

        burst = engine.burst(self.stream.tensors, plan, lrs)
        if not burst.taken:
            return Reports.of(self.take())  # which says what is not finite
        return self.catch_up(plan, lrs, burst)

    def look_ahead(self, count: int, *, look: bool = True) -> tuple[Plan, NDArray[np.float64]]:
        """Say which examples the next steps see, up to `count` steps, and their learning rates.

        `look`: they end where whole sets are to be evaluated.
        """
        batch = self.job.batch.count(len(self.stream))
        count = min(count, self.job.steps - self.step)
        count = self._until_evaluation(count, batch) if look else count
        plan = self.stream.plan(batch, min(count, max(1, AHEAD // batch)))
        factor, steps = self.job.schedule.factor, self.job.steps
        ahead = range(self.step, self.step + len(plan.starts))
        return plan, self.job.optimizer.lr * np.array([factor(step, steps) for step in ahead])

    def catch_up(
        self, plan: Plan, lrs: NDArray[np.float64], burst: Burst, *, look: bool = True
    ) -> Reports:
        """Note that steps of a plan were taken; `look`: and evaluate where that is due."""
        taken, losses, penalties = burst
        self.stream.follow(plan, taken)
        self.step += taken
        self.observation, self.formers = None, ()
        first = self.step - taken + 1
        evaluation = self._look_around() if look else None
        return Reports(first, self.epoch, losses, penalties, lrs[:taken], evaluation)

    @property
    def epoch(self) -> float:
        """Epochs passed, with the part of the one under way."""
        return self.stream.epoch + self.stream.offset / len(self.stream)

    def evaluate(self) -> dict[str, float]:
        """How good the network is on both whole sets, now: `train_loss`, `validation_loss`, `train_accuracy`, ..."""
        return self.evaluation.run(self.engine, self.network, self.job)

    def view(self) -> View:
        """Show the run as it is now. The observation is there if the last step was taken with `observe`."""
        self.network.eval()
        return View(
            job=self.job,
            step=self.step,
            network=self.network,
            inspection=self.inspection,
            examples=self.examples,
            inputs=self.inputs,
            observation=self.observation,
            upcoming=self.stream.upcoming,
            memory=self.engine.memory,
        )

    def apply(self, command: AnyCommand) -> Effect:
        """Change the run, in force for every step after this one; CommandError says why not, and nothing is changed."""
        return steer(self, command)

    def state(self) -> State:
        """Copy all that continuation depends on."""
        return checkpoint.save(self)

    def restore(self, state: State) -> None:
        """Be the run that `state` was taken from, at its step; StateError if it does not fit its own job."""
        checkpoint.load(self, state)

    def inputs(self, arrays: Mapping[str, NDArray[np.generic]]) -> dict[str, Tensor]:
        """Bring arrays of examples to the network's device and precision."""
        return to_tensors(dict(arrays), self.device, self.dtype)

    def new_network(self, job: Job) -> Network:
        """Build a job's network as it is before any step."""
        return fresh_network(job, derive(job.seed, "weights"), self.device, self.dtype)

    def use(self, job: Job, network: Network, memory: Memory) -> None:
        """Train this network by this job from now on, with what an optimiser of its kind remembers."""
        self.job = job
        self.stream.regroup(job.batch)
        self.network = network
        self.inspection = inspect(network.graph)
        tamper(network, job.tampering)
        is_fast = self.fast and job.engine == "auto"
        even = is_even(memory)
        self.engine = choose_engine(network, job, is_even=even) if is_fast else Plain(network, job)
        self.engine.remember(memory)

    def use_examples(self, examples: Examples) -> None:
        """Train on these examples from now on, from the same place in the epoch."""
        self.examples = examples
        self.stream.replace(examples.train, self.inputs(examples.train.arrays))
        self.evaluation = self._whole_sets()

    def _whole_sets(self) -> Evaluation:
        return Evaluation(self.stream.tensors, self.inputs(self.examples.validation.arrays))

    def _look_around(self) -> dict[str, float] | None:
        if not self.is_to_be_evaluated():
            return None
        self.evaluated = self.step
        return self.evaluate()

    def is_to_be_evaluated(self) -> bool:
        """At the end of an epoch, if the last time is long enough ago, and after the last step."""
        if self.step == self.job.steps:
            return True
        batch, flops = self.job.batch.count(len(self.stream)), self.inspection.flops
        return not self.stream.offset and self.evaluation.is_due(
            self.step, self.evaluated, flops, batch
        )

    def _until_evaluation(self, most: int, batch: int) -> int:
        """Count the steps up to the next evaluation, that one included, if it is among the next `most`."""
        size, flops = len(self.stream), self.inspection.flops
        of_epoch = -(-size // batch)
        ahead = -(-(size - self.stream.offset) // batch)
        while ahead < most:
            step = self.step + ahead
            missing = self.evaluation.earliest(step, self.evaluated, flops, batch) - step
            if missing <= 0:
                return ahead
            ahead += -(-missing // of_epoch) * of_epoch
        return most

    def _values(self) -> dict[str, Tensor]:
        return {name: value.detach().clone() for name, value in self.network.named_parameters()}

    def _observe(
        self,
        batch: Batch,
        losses: Tensor,
        before: Mapping[str, Tensor],
        lr: float,
        dropped: Mapping[str, Dropped],
    ) -> Observation:
        gradients = {name: gradient.clone() for name, gradient in self.engine.gradients().items()}
        updates = {name: value - before[name] for name, value in self._values().items()}
        told = losses.double().cpu().numpy()
        return Observation(batch.ids, told, gradients, updates, lr, dropped)
