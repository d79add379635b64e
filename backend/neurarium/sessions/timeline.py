"""The past of a run: snapshots and a journal, from which any step is rebuilt exactly as it was.

The snapshot for step `s` is the state after step `s - 1` with all commands given there, so that one observed step of a
second run, the shadow, shows step `s` with its very minibatch, gradients and updates. The live run is never touched.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from neurarium.sessions.archive import Archive, Snapshot
from neurarium.sessions.errors import NoSuchStep
from neurarium.training.command import AnyCommand, EditGraph, Effect, are_given
from neurarium.training.divergence import Diverged, is_finite
from neurarium.training.parcel import Lent
from neurarium.training.report import Report, Reports
from neurarium.training.run import Run, Unit
from neurarium.training.state import State
from neurarium.training.view import Replay, View

EARLY = (4, 8, 16, 24, 32, 48, 64, 96, 128)
"""Snapshots of the first steps after the beginning, where most happens."""
SPACING = 32
MEMORY = 64 * 2**20
MOST = 400
STRIDE = 256
"""Steps that are recomputed at one stroke, at most."""


class Timeline:
    """A run with its past. Steps and commands go through here; `run` is the live run."""

    def __init__(self, run: Run, memory: int = MEMORY, archive: Archive | None = None) -> None:
        """Begin at the run's present step; snapshots take at most about `memory` bytes, and more lie in the archive."""
        self.run = run
        self.journal: list[Effect] = []
        self.archive = archive
        self._used = 0.0
        self.start = run.step
        """The first step of its past: a fork begins where it was made."""
        self.first = Snapshot(run.state(), 0)
        self._memory = memory
        self._kept: dict[int, Snapshot] = {}
        self._bytes = 0
        self._units: dict[int, Unit] = {}
        self._early: tuple[int, ...] = EARLY
        self._spacing = SPACING
        self._next = self._wanted_after(self.start)
        self._shadow: Run | None = None
        self._replays: dict[int, Replay] = {}

    def __iter__(self) -> Iterator[Report]:
        """Train until the job's steps are taken."""
        return self

    def __next__(self) -> Report:
        """Take one step with the job's own batch; StopIteration once all its steps are taken."""
        if self.run.step >= self.run.job.steps:
            raise StopIteration
        return self.take()

    def take(self, unit: Unit = "minibatch", observe: bool = False) -> Report:
        """Take one step of the live run, as `Run.take`, and keep a snapshot where one is due.

        When it diverges, the run is brought back to its last finite step before Diverged is raised.
        """
        step = self._prepare()
        if unit == "example":
            self._units[step] = unit
        with self._returning():
            return self.run.take(unit, observe)

    def take_many(self, count: int) -> Reports:
        """Take up to `count` steps, as `Run.take_many`, and none beyond the next snapshot."""
        step = self._prepare()
        with self._returning():
            return self.run.take_many(max(1, min(count, self._next - step)))

    def _prepare(self) -> int:
        """Keep a snapshot where one is due; say which step is next."""
        step = self.run.step + 1
        if step >= self._next:
            self._keep(step)
        return step

    @contextmanager
    def _returning(self) -> Iterator[None]:
        """Bring the run back to its last finite step when it diverges."""
        try:
            yield
        except Diverged as divergence:
            self._units.pop(self.run.step + 1, None)
            if not is_finite(self.run.network) or list(self.run.network.buffers()):
                self._return_to(self._last_finite())
                divergence.step = self.run.step
            raise

    def apply(self, command: AnyCommand) -> Effect:
        """Change the live run, as `Run.apply`, and note it in the journal."""
        try:
            effect = self.run.apply(command)
        except BaseException:
            self._tidy()  # what came with the command is not needed
            raise
        self.journal.append(effect)
        if self._shadow is not None and self._shadow.step >= effect.step:
            self._shadow = None
        return effect

    def _tidy(self) -> None:
        """Forget the parcels that no command of the journal refers to."""
        self.run.parcels.keep({name for effect in self.journal for name in effect.parcels})

    def resume(
        self, step: int, journal: Sequence[Effect], singles: Sequence[tuple[int, int]]
    ) -> Iterator[Reports]:
        """Bring the run from its last checkpoint to where it was, with the journal given again; yield its steps."""
        self.journal = list(journal)
        self._units = {at: "example" for first, last in singles for at in range(first, last + 1)}
        self._tidy()
        self._restore(self.run, self._stored(step) or self.first)
        self._next = self._wanted_after(self.run.step)
        while self.run.step < step:
            if self.run.step + 1 >= self._next:
                self._keep(self.run.step + 1)
            yield self._replay(self.run, until=min(step + 1, self._next))

    def write(self, used: float, *, sync: bool = False) -> None:
        """Put the present into the archive if it is time, or must be (`sync`), after so many seconds of training."""
        archive, self._used = self.archive, used
        if archive is None or not (sync or archive.is_due(used)):
            return
        start = time.thread_time()
        snapshot = Snapshot(self.run.state(), len(self.journal))
        if all(tensor.isfinite().all() for tensor in snapshot.state.tensors.values()):
            archive.save(snapshot, used, time.thread_time() - start, sync=sync)

    def steps(self) -> list[int]:
        """The past steps that are shown without recomputation: the beginning, and where snapshots are kept."""
        return [self.start, *sorted({*self._kept, *self._stored_steps()})]

    def view(self, step: int | None = None, observed: bool = True) -> View:
        """Show the run at a past step, or (None) now. Commands given at a step belong to its picture.

        With `observed`, what went into the step is computed again where the run did not note it down.
        """
        if step is None or step == self.run.step:
            view = self.run.view()
            if view.observation is None and observed and not self._is_known(self.run):
                view = replace(view, observation=self._at(self.run.step).observation)
        else:
            view = self._with_guests(self._at(step).view())
        return replace(
            view,
            past=lambda parameter: self.past(parameter, until=view.step),
            kept=lambda: [
                state
                for state in self._states(view.step)
                if state.facts.job.graph.nodes == view.job.graph.nodes
            ],
            replay=lambda: self._replayed(view.step),
            given=are_given(self.journal, view.step),
        )

    def _with_guests(self, view: View) -> View:
        """Show the past what is only shown to the network now: nothing was learned from it, then or since."""
        then, now = view.job.dataset, self.run.job.dataset
        if then == now or then.without_guests() != now.without_guests():
            return view
        job = view.job.model_copy(update={"dataset": now})
        return replace(view, job=job, examples=self.run.examples)

    def past(
        self, parameter: str, until: int | None = None
    ) -> tuple[NDArray[np.int64], list[Tensor]]:
        """A parameter's value over time: steps and tensors, where snapshots are."""
        name, steps, values = f"parameter.{parameter}", [], []
        for state in self._states(until):
            if name in state.tensors:
                steps.append(state.facts.step)
                values.append(state.tensors[name])
        return np.array(steps, dtype=np.int64), values

    def verify(self, step: int) -> Iterator[None]:
        """Compute a past step again and go on to where its bits can be compared, a little with each `next()`.

        That is the next kept state, or else the present. What is found is in the view's `replay`.
        """
        if step in self._replays or not self.start < step < self.run.step:
            return
        begin = self._before(step)
        goal = self._after(step) or Snapshot(self.run.state(), len(self.journal))
        until, journal = goal.state.facts.step, self.journal[: goal.journal]
        second = self._second()
        self._restore(second, begin)
        while second.step < until:
            border = step if second.step < step else until
            self._replay(second, border, second.step == step - 1, journal)
            yield
        self._replays[step] = Replay(
            start=self.start if begin is self.first else begin.state.facts.step + 1,
            until=until,
            identical=second.state().digest() == goal.state.digest(),
        )

    def _replayed(self, step: int) -> Replay | None:
        for _ in self.verify(step):
            continue
        return self._replays.get(step)

    def state(self, step: int | None = None) -> State:
        """The run's state now, or after a past step with the commands given there: from it, another run may fork."""
        return self.run.state() if step is None or step == self.run.step else self._at(step).state()

    def rewind(self, step: int) -> None:
        """Make a past step the present; what came after it is dropped."""
        if step != self.run.step:
            self._return_to(step)

    def _return_to(self, step: int) -> None:
        shadow = self._at(step)
        self.run.restore(shadow.state())
        self.run.observation = shadow.observation
        self.journal = [effect for effect in self.journal if effect.step <= step]
        self._tidy()
        self._units = {at: unit for at, unit in self._units.items() if at <= step}
        self._replays = {}
        self._drop({at for at in self._kept if at > step})
        if self.archive is not None:
            self.archive.forget_after(step)
        self._next = self._wanted_after(step)
        self._shadow = None

    def approach(self, step: int) -> Iterator[None]:
        """Recompute what `view`, `state` and `rewind` need of a past step, a little with each `next()`.

        They do it themselves where it was not done, or not to the end: this is for those who may not take so long.
        """
        if not self.start <= step <= self.run.step:
            raise NoSuchStep(
                f"The run has been at steps {self.start} to {self.run.step}, not at {step}."
            )
        shadow = self._shadow
        if shadow is not None and shadow.step == step and self._is_known(shadow):
            return
        shadow = self._seek(step)
        while shadow is self._shadow and shadow.step < step:
            self._replay(shadow, until=step, observe=shadow.step == step - 1)
            yield

    def _is_known(self, run: Run) -> bool:
        """Whether all is known of the step that led to where a run is: what went into it is gone with its network."""
        is_edited = any(
            effect.step == run.step and isinstance(effect.command, EditGraph)
            for effect in self.journal
        )
        return run.observation is not None or run.step == self.start or is_edited

    def _at(self, step: int) -> Run:
        """Bring the shadow to the end of a step, observed, with the commands given there."""
        for _ in self.approach(step):
            continue
        shadow = self._shadow
        if shadow is None:
            raise RuntimeError("nothing else moves the shadow meanwhile")
        return shadow

    def _seek(self, step: int) -> Run:
        """Put the shadow at the latest kept state before `step`, unless it is already nearer."""
        shadow = self._shadow
        if shadow is not None and self._nearest(step) <= shadow.step < step:
            return shadow
        return self._restored(self._before(step))

    def _remembered(self, step: int) -> Snapshot:
        """The latest state in memory from which a step is taken."""
        at = max((at for at in self._kept if at <= step), default=None)
        return self.first if at is None else self._kept[at]

    def _nearest(self, step: int) -> int:
        """Where the latest state before a step is, in memory or in the archive."""
        stored = max((at for at in self._stored_steps() if at <= step), default=0) - 1
        return max(self._remembered(step).state.facts.step, stored)

    def _before(self, step: int) -> Snapshot:
        """The latest state before a step; it is read where it is not in memory."""
        remembered = self._remembered(step)
        if self._nearest(step) == remembered.state.facts.step:
            return remembered
        return self._stored(step - 1) or remembered

    def _after(self, step: int) -> Snapshot | None:
        """The first state after a step; it is read where it is not in memory."""
        for at in sorted(at for at in {*self._kept, *self._stored_steps()} if at > step):
            snapshot = self._kept.get(at) or (self.archive and self.archive.read(at - 1))
            if snapshot:
                return snapshot
        return None

    def _restored(self, snapshot: Snapshot) -> Run:
        """Put the shadow at a kept state, with the commands given there since."""
        shadow = self._shadow = self._shadow or self._second()
        self._restore(shadow, snapshot)
        return shadow

    def _second(self) -> Run:
        """Make a run that can go through this one's past."""
        run, job = self.run, self.first.state.facts.job
        return Run(job, str(run.device), fast=run.fast, parcels=Lent(run.parcels))

    def _restore(self, run: Run, snapshot: Snapshot) -> None:
        run.restore(snapshot.state)
        self._commands(run, self.journal[snapshot.journal :])

    def _stored_steps(self) -> list[int]:
        """The steps that the archive's states lead to."""
        places = () if self.archive is None else self.archive.places
        return [at + 1 for at in places if self.start <= at < self.run.step]

    def _stored(self, step: int) -> Snapshot | None:
        return None if self.archive is None else self.archive.at_or_before(step)

    def _states(self, until: int | None = None) -> Iterator[State]:
        """All states up to a step in their order; what is not in memory comes from the archive."""
        yield self.first.state
        for step in sorted({*self._kept, *self._stored_steps()}):
            if until is not None and step > until + 1:
                return
            snapshot = self._kept.get(step) or (self.archive and self.archive.read(step - 1))
            if snapshot:
                yield snapshot.state

    def _replay(
        self, run: Run, until: int, observe: bool = False, journal: list[Effect] | None = None
    ) -> Reports:
        """Take some steps again, up to the one before the last: that one is taken by itself."""
        step, given = run.step, self.journal if journal is None else journal
        turns = [e.step for e in given if e.step > step] + [n - 1 for n in self._units]
        border = min([until - 1, step + STRIDE, run.job.steps, *(at for at in turns if at > step)])
        if observe or step + 1 in self._units or border <= step + 1:
            reports = Reports.of(run.take(self._units.get(step + 1, "minibatch"), observe))
        else:
            reports = run.take_many(border - step)
        self._commands(run, given)
        return reports

    def _commands(self, run: Run, journal: list[Effect]) -> None:
        """Give the commands of the step where a run is."""
        step = run.step
        for effect in journal:
            if effect.step == step:
                run.apply(effect.command)

    def _last_finite(self) -> int:
        """Go back to the latest finite state, then on to the last step that leaves all parameters finite."""
        states = [self.first, *(self._kept[step] for step in sorted(self._kept))]
        finite = [
            one for one in states if all(t.isfinite().all() for t in one.state.tensors.values())
        ]
        shadow = self._restored(finite[-1] if finite else self.first)
        good = shadow.step
        while shadow.step < self.run.step:
            self._replay(shadow, until=shadow.step + 1)
            if not is_finite(shadow.network):
                break
            good = shadow.step
        return good

    def _keep(self, step: int) -> None:
        self._kept[step] = Snapshot(self.run.state(), len(self.journal))
        self._bytes += self._kept[step].state.nbytes
        while len(self._kept) > MOST or self._bytes > self._memory:
            self._thin()
        self._next = self._wanted_after(step)

    def _thin(self) -> None:
        """Keep every second of the evenly spaced snapshots; the early ones go when memory is short."""
        self._spacing *= 2
        if self._bytes > self._memory:
            self._early = ()
        self._drop({step for step in self._kept if not self._is_wanted(step)})

    def _drop(self, steps: set[int]) -> None:
        self._kept = {step: state for step, state in self._kept.items() if step not in steps}
        self._bytes = sum(snapshot.state.nbytes for snapshot in self._kept.values())

    def _is_wanted(self, step: int) -> bool:
        since = step - self.start
        return since % self._spacing == 0 or since in self._early

    def _wanted_after(self, step: int) -> int:
        since = step - self.start
        spaced = (since // self._spacing + 1) * self._spacing
        return self.start + min([spaced, *(at for at in self._early if at > since)])
