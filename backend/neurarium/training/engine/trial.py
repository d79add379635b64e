"""Engines that round otherwise are tried beside the reference before they train, once for each kind of job."""

import logging
from functools import lru_cache, partial
from typing import NamedTuple

import numpy as np
import torch
from pydantic import BaseModel
from torch import Tensor

from neurarium.dataset import ClassTarget, RealTarget, drawn
from neurarium.training.arithmetic import EXACT
from neurarium.training.engine.bursts import Bursts
from neurarium.training.engine.chain import Unsuited
from neurarium.training.engine.contract import Engine
from neurarium.training.engine.plain import Plain
from neurarium.training.engine.recorded import Recorded
from neurarium.training.engine.recorder import WARM, Recorder
from neurarium.training.job import Job
from neurarium.training.optimizers.sgd import SGD
from neurarium.training.stream import Plan, Tensors, to_tensors
from neurarium_models.network import Network, build_network

LOGGER = logging.getLogger(__name__)
LARGEST = 4096
"""Weights of a network above which torch's matrix products are faster than compiled loops."""
LARGEST_RECORDED = 2**20
"""Weights of a network above which a card computes for longer than it takes to tell it what."""
EXAMPLES = 11
LR = 0.1
STRENGTH = 0.01
"""Of a penalty. Every job of a kind is tried at these, so that which came first makes no difference."""


class Terms(NamedTuple):
    """How long a trial lasts, at which rate, and what may differ, beside the greatest number of each tensor."""

    steps: int
    lr: float
    tolerance: dict[torch.dtype, float]


COMPILED = Terms(3, LR, {torch.float32: 1e-3, torch.float64: 1e-9})
PLAYED = Terms(3 + WARM, LR / 10, {torch.float32: 1e-3, torch.float64: 1e-6})
"""What goes wrong in a recording is coarse, but in deep networks what is rounded otherwise grows from step to step."""


def recorded(network: Network, job: Job) -> Engine:
    """Make the engine of recorded steps, or raise Unsuited: no NVIDIA card, too large, or it has not passed its trial.

    Whether `proven` or this one is asked first makes no difference: one is for the CPU, the other for cards.
    """
    parameter = next(network.parameters())
    if parameter.device.type != "cuda":
        raise Unsuited
    if sum(p.numel() for p in network.parameters()) > LARGEST_RECORDED:
        raise Unsuited
    if not plays(_Kind(job, parameter.dtype, parameter.device)):
        raise Unsuited
    return _recording(network, job)


def _recording(network: Network, job: Job, recorder: Recorder | None = None) -> Recorded:
    """Take many steps at one call where that can be, else one."""
    try:
        return Bursts(network, job, recorder)
    except Unsuited:
        return Recorded(network, job, recorder)


def proven(network: Network, job: Job) -> Engine:
    """Make the compiled engine, or raise Unsuited: it cannot, it does not pay, or it has not passed its trial."""
    parameter = next(network.parameters())
    if parameter.device.type != "cpu" or sum(p.numel() for p in network.parameters()) > LARGEST:
        raise Unsuited
    if not passes(_Kind(job, parameter.dtype, parameter.device)):
        raise Unsuited
    from neurarium.training.engine.fused import Fused

    return Fused(network, job)


class _Kind:
    """A job as far as it matters to the trial: rates, strengths and data may differ."""

    def __init__(self, job: Job, dtype: torch.dtype, device: torch.device) -> None:
        self.job, self.dtype, self.device = job, dtype, device
        self._key = (
            job.graph.model_dump_json(),
            *(each.model_dump_json(exclude={"lr", "strength"}) for each in self._settings()),
            *map(type, self._settings()),
            job.dataset.target().model_dump_json(),
            job.precision,
            dtype,
            device,
        )

    def _settings(self) -> tuple[BaseModel, ...]:
        job = self.job
        return job.task, job.loss, job.regulariser, job.optimizer

    def __hash__(self) -> int:
        return hash(self._key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Kind) and self._key == other._key


@lru_cache(maxsize=256)
def passes(kind: _Kind) -> bool:
    """Say whether the compiled engine takes the steps that the reference takes."""
    try:
        from neurarium.training.engine.fused import Fused
    except ImportError as problem:
        LOGGER.warning("Small networks train more slowly here, as Numba is missing: %s", problem)
        return False
    job = _usual(kind.job)
    ours, theirs = _twins(job, kind.device, kind.dtype)
    try:
        fast = Fused(ours, job)
    except Unsuited:
        return False
    batch = _batch(job, kind.dtype)
    difference = _difference(fast, Plain(theirs, job), _values(ours, theirs), batch, COMPILED)
    if difference:
        LOGGER.warning("The compiled engine is not used for this network: %s.", difference)
    return not difference


@lru_cache(maxsize=256)
def plays(kind: _Kind, recorder: Recorder | None = None) -> bool:
    """Say whether recorded steps are those of the reference: before they are recorded, and when they are played.

    The job's optimiser is tried in float64: those that divide a gradient by its size make as much of one that is mere
    rounding (of a bias before a norm) as of any other. In the run's own numbers plain descent is tried.
    """
    job, problem = _usual(kind.job), ""
    trials = {torch.float64: job}
    if kind.dtype != torch.float64 or job.precision not in EXACT:
        trials[kind.dtype] = job.model_copy(update={"optimizer": SGD(lr=LR)})
    try:
        for dtype, each in trials.items():
            problem = problem or _misplayed(each, kind.device, dtype, recorder)
    except Unsuited:
        return False
    except RuntimeError as trouble:
        problem = str(trouble).partition("\n")[0]
    if problem:
        LOGGER.warning("Steps of this network are not recorded: %s", problem)
    return not problem


def _misplayed(
    job: Job, device: torch.device, dtype: torch.dtype, recorder: Recorder | None
) -> str:
    """Say what is wrong with recorded steps of a job, or nothing."""
    ours, theirs = _twins(job, device, dtype)
    fast, reference = _recording(ours, job, recorder), Plain(theirs, job)
    batch, pair = _drawn(job, device, dtype), _values(ours, theirs)
    problem = _difference(fast, reference, pair, batch, PLAYED)
    if isinstance(fast, Bursts) and not problem:
        problem = _apart(fast, reference, pair, batch)
    return fast.hindrance or problem or ("" if fast.is_played else "nothing was recorded")


def _twins(job: Job, device: torch.device, dtype: torch.dtype) -> tuple[Network, Network]:
    """Build a network twice, with the same values."""
    one, other = (build_network(job.graph, 0, device).to(dtype) for _ in "ab")
    return one, other


def _values(*networks: Network) -> list[Tensors]:
    """Name all numbers that steps change: parameters, and what norms note down."""
    return [
        {
            name: value
            for name, value in (*network.named_parameters(), *network.named_buffers())
            if value.is_floating_point()
        }
        for network in networks
    ]


def _drawn(job: Job, device: torch.device, dtype: torch.dtype) -> Tensors:
    """Take examples of the job's own data, which may be of any kind."""
    arrays = drawn(job.dataset, job.seed).train.arrays
    few = {name: np.resize(array, (EXAMPLES, *array.shape[1:])) for name, array in arrays.items()}
    return to_tensors(few, device, dtype)


def _usual(job: Job) -> Job:
    """Give the penalty its usual strength, if it has any."""
    if "strength" not in type(job.regulariser).model_fields:
        return job
    usual = job.regulariser.model_copy(update={"strength": STRENGTH})
    return job.model_copy(update={"regulariser": usual})


def _difference(
    ours: Engine, theirs: Engine, values: list[Tensors], batch: Tensors, terms: Terms
) -> str:
    """Let both take some steps from equal values, each at its own rate; say what is not equal, or nothing."""
    dtype = next(iter(values[0].values())).dtype
    near = partial(_near, tolerance=terms.tolerance.get(dtype, 1e-3))
    for step in range(terms.steps):
        before = {name: value.detach().clone() for name, value in values[0].items()}
        costs = [
            torch.tensor(each.backward(batch, step)[1:], dtype=torch.float64)
            for each in (ours, theirs)
        ]
        pairs = {"loss": (costs[0], costs[1])}
        pairs |= {name: (g, theirs.gradients()[name]) for name, g in ours.gradients().items()}
        for name, (one, other) in pairs.items():
            if not near(one, other):
                return f"{name} differs at step {step}"
        for each in (ours, theirs):
            each.update(terms.lr / (step + 1))
        for name, value in before.items():
            moves = [after[name].detach() - value for after in values]
            if not near(*moves):
                return f"the move of {name} differs at step {step}"
        for path, entry in ours.memory().items():
            for key, value in entry.items():
                if not near(value, theirs.memory()[path][key]):
                    return f"{key} of {path} differs at step {step}"
    return ""


def _apart(ours: Bursts, theirs: Engine, values: list[Tensors], examples: Tensors) -> str:
    """Let one take at one call what the other takes one by one; say what is not equal, or nothing."""
    steps, size = PLAYED.steps, EXAMPLES // 2
    order = np.arange(EXAMPLES)[::-1].copy()
    plan = Plan(order, np.arange(steps) % (EXAMPLES - size), np.full(steps, size))
    lrs = PLAYED.lr / np.arange(1.0, steps + 1)
    before = {name: value.detach().clone() for name, value in values[0].items()}
    near = partial(_near, tolerance=PLAYED.tolerance[next(iter(before.values())).dtype])
    costs = []
    for step, start in enumerate(plan.starts.tolist()):
        chosen = order[start : start + size]
        batch = {name: each[torch.from_numpy(chosen)] for name, each in examples.items()}
        costs.append(theirs.backward(batch, step)[1:])
        theirs.update(float(lrs[step]))
    burst = ours.burst(examples, plan, lrs)
    if burst.taken != steps:
        return f"{burst.taken} of {steps} steps are taken at one call"
    told = torch.tensor(np.stack([burst.losses, burst.penalties], 1))
    if not near(told, torch.tensor(costs, dtype=told.dtype)):
        return "losses of steps at one call differ"
    for name, value in before.items():
        if not near(*(after[name].detach() - value for after in values)):
            return f"what many steps have made of {name} differs"
    return ""


def _near(one: Tensor, other: Tensor, tolerance: float) -> bool:
    other = other.to(one.device)
    return torch.allclose(one, other, rtol=0, atol=tolerance * (other.abs().max().item() + 1e-3))


def _batch(job: Job, dtype: torch.dtype) -> Tensors:
    """Draw examples of the right shapes."""
    generator = torch.Generator().manual_seed(0)
    batch = {
        name: torch.randn(EXAMPLES, *spec.shape, generator=generator, dtype=dtype)
        for name, spec in job.graph.inputs.items()
    }
    target = job.dataset.target()
    match target:
        case ClassTarget():
            batch["y"] = torch.arange(EXAMPLES) % len(target.names)
        case RealTarget():
            batch["y"] = torch.randn(EXAMPLES, target.width, generator=generator, dtype=dtype)
        case _:
            raise Unsuited
    return batch
