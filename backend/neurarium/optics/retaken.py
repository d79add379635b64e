"""Steps of the past, taken once more on a copy: what went back through each stage, and how far it moved.

A kept state is that before a step, so that the step itself follows from it: its minibatch, its dropout, its optimiser.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from neurarium.optics.activity import activity
from neurarium.optics.memory import Memory
from neurarium.optics.stage import Stage, learned
from neurarium.training.checkpoint import load_network, memory_of
from neurarium.training.engine.contract import Memory as Remembered
from neurarium.training.engine.plain import Plain
from neurarium.training.gate import tamper
from neurarium.training.job import Job
from neurarium.training.order import visits
from neurarium.training.state import State
from neurarium.training.view import View
from neurarium_models.network import Network, build_network

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOMENTS = 16
"""Steps of the past that are taken again, at most."""
EXAMPLES = 128
"""Training examples on which activations are looked at, at most."""
_copies = Memory()
_known = Memory()


@dataclass(frozen=True)
class Moment:
    """What a step did to each stage, in their order."""

    step: int
    """How many steps came before it."""
    gradients: tuple[float, ...]
    """Norm of the gradient of all that the stage learns."""
    weights: tuple[float, ...]
    """Norm of all that it has learned."""
    ratios: tuple[float, ...]
    """Norm of the update, beside that of the weights."""
    saturated: tuple[float, ...]
    silent: tuple[float, ...]


def moments(view: View, learning: Sequence[Stage]) -> list[Moment]:
    """Look at some kept states up to the view's step, evenly, and at the last step; at least one moment is found."""
    observed = _observed(view, learning)
    last = view.step if observed is None else observed.step
    states = [
        state
        for state in (view.kept() if view.kept else [])
        if state.facts.step < last + (observed is None) and _fits(view, state)
    ]
    places = np.linspace(0, len(states) - 1, min(MOMENTS, len(states))).round().astype(int)
    found = [
        _known.recall(states[at], "moment", partial(_of_state, view, learning, states[at]))
        for at in places
    ]
    if observed is not None:
        return [*found, observed]
    return found or [_of_present(view, learning)]


def norm(parts: Sequence[Tensor]) -> float:
    """Measure several tensors as though they were one vector."""
    return math.hypot(*(float(part.norm()) for part in parts))


def _fits(view: View, state: State) -> bool:
    job = state.facts.job
    return job.graph == view.job.graph and job.dataset == view.job.dataset


def _observed(view: View, learning: Sequence[Stage]) -> Moment | None:
    seen = view.observation
    if seen is None or any(
        path not in seen.updates for each in learning for path in learned(view.network, each)
    ):
        return None
    now = {path: value.detach() for path, value in view.network.named_parameters()}
    before = {path: now[path] - update for path, update in seen.updates.items()}
    paths = [learned(view.network, each) for each in learning]
    return _moment(
        paths, view.step - 1, _alive(view, learning), (seen.gradients, before, seen.updates)
    )


def _of_state(view: View, learning: Sequence[Stage], state: State) -> Moment:
    facts = state.facts
    copy = _copy(view, facts.job)
    load_network(copy, state)
    place = (facts.step, facts.epoch, facts.offset)
    return _taken(view, learning, copy, facts.job, place, memory_of(state))


def _of_present(view: View, learning: Sequence[Stage]) -> Moment:
    """Where nothing is kept and nothing was observed: the step that a new optimiser would take."""
    copy = _copy(view, view.job)
    copy.load_state_dict(view.network.state_dict())
    return _taken(view, learning, copy, view.job, (view.step, 0, 0), {})


def _copy(view: View, job: Job) -> Network:
    """Get a network of the same kind to compute with."""
    like = next(view.network.parameters())
    copy: Network = _copies.recall(
        view.network, "copy", lambda: build_network(view.job.graph, 0, like.device).to(like.dtype)
    )
    tamper(copy, job.tampering)
    return copy


def _taken(
    view: View,
    learning: Sequence[Stage],
    copy: Network,
    job: Job,
    place: tuple[int, int, int],
    memory: Remembered,
) -> Moment:
    """Take one step with a copy, from its place in the data."""
    step, epoch, offset = place
    seen = replace(view, network=copy)
    before = {path: value.detach().clone() for path, value in copy.named_parameters()}
    copy.eval()
    alive = _alive(seen, learning)
    like = next(copy.parameters())
    cards = [like.device] if like.device.type == "cuda" else []
    with torch.random.fork_rng(devices=cards), torch.enable_grad():
        engine = Plain(copy, job)
        engine.remember(memory)
        engine.backward(view.inputs(_rows(view, job, epoch, offset)), step)
        gradients = {path: value.clone() for path, value in engine.gradients().items()}
        engine.update(job.optimizer.lr * job.schedule.factor(step, job.steps))
    updates = {path: value.detach() - before[path] for path, value in copy.named_parameters()}
    paths = [learned(copy, each) for each in learning]
    return _moment(paths, step, alive, (gradients, before, updates))


def _rows(view: View, job: Job, epoch: int, offset: int) -> "dict[str, NDArray[np.generic]]":
    """Choose the minibatch that stands at a place in the data."""
    train = view.examples.train
    count = job.batch.count(len(train))
    rows = np.arange(len(train))
    if offset or count < len(train):
        rows = visits(train, job.batch, job.seed, range(epoch, epoch + 1))[offset : offset + count]
    return {name: array[rows] for name, array in train.arrays.items()}


Named = Mapping[str, Tensor]
Alive = tuple[tuple[float, ...], tuple[float, ...]]


def _alive(view: View, learning: Sequence[Stage]) -> Alive:
    found = activity(view, learning, EXAMPLES)
    each = [found[stage.path] for stage in learning]
    return tuple(a.saturated for a in each), tuple(a.silent / a.units for a in each)


def _moment(
    learning: Sequence[Sequence[str]], step: int, alive: Alive, taken: tuple[Named, Named, Named]
) -> Moment:
    """Measure what a step has done: its gradients, the weights before it, its updates."""
    gradients, before, updates = taken
    saturated, silent = alive
    norms, sizes, ratios = [], [], []
    for paths in learning:
        norms.append(norm([gradients[path] for path in paths]))
        weights = norm([before[path] for path in paths])
        sizes.append(weights)
        ratios.append(norm([updates[path] for path in paths]) / weights if weights else 0.0)
    return Moment(step, tuple(norms), tuple(sizes), tuple(ratios), saturated, silent)
