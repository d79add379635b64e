"""The compiled engine is tried beside the reference before it trains, once for each kind of network and job."""

import logging
from functools import lru_cache

import torch
from pydantic import BaseModel
from torch import Tensor

from neurarium.dataset import ClassTarget, RealTarget
from neurarium.training.engine.chain import Unsuited
from neurarium.training.engine.contract import Engine
from neurarium.training.engine.plain import Plain
from neurarium.training.job import Job
from neurarium.training.stream import Tensors
from neurarium_models.network import Network, build_network

LOGGER = logging.getLogger(__name__)
LARGEST = 4096
"""Weights of a network above which torch's matrix products are faster than compiled loops."""
EXAMPLES = 11
STEPS = 3
LR = 0.1
STRENGTH = 0.01
"""Of a penalty. Every job of a kind is tried at these, so that which came first makes no difference."""
TOLERANCE = {torch.float32: 1e-3, torch.float64: 1e-9}
"""Beside the greatest number of each tensor."""


def proven(network: Network, job: Job) -> Engine:
    """Make the compiled engine, or raise Unsuited: it cannot, it does not pay, or it has not passed its trial."""
    parameter = next(network.parameters())
    if parameter.device.type != "cpu" or sum(p.numel() for p in network.parameters()) > LARGEST:
        raise Unsuited
    if not passes(_Kind(job, parameter.dtype)):
        raise Unsuited
    from neurarium.training.engine.fused import Fused

    return Fused(network, job)


class _Kind:
    """A job as far as it matters to the trial: rates, strengths and data may differ."""

    def __init__(self, job: Job, dtype: torch.dtype) -> None:
        self.job, self.dtype = job, dtype
        self._key = (
            job.graph.model_dump_json(),
            *(each.model_dump_json(exclude={"lr", "strength"}) for each in self._settings()),
            *map(type, self._settings()),
            job.dataset.target().model_dump_json(),
            dtype,
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
    ours, theirs = (build_network(job.graph, 0, torch.device("cpu")).to(kind.dtype) for _ in "ab")
    try:
        fast = Fused(ours, job)
    except Unsuited:
        return False
    values: list[Tensors] = [dict(network.named_parameters()) for network in (ours, theirs)]
    difference = _difference(fast, Plain(theirs, job), values, _batch(job, kind.dtype))
    if difference:
        LOGGER.warning("The compiled engine is not used for this network: %s.", difference)
    return not difference


def _usual(job: Job) -> Job:
    """Give the penalty its usual strength, if it has any."""
    if "strength" not in type(job.regulariser).model_fields:
        return job
    usual = job.regulariser.model_copy(update={"strength": STRENGTH})
    return job.model_copy(update={"regulariser": usual})


def _difference(ours: Engine, theirs: Engine, values: list[Tensors], batch: Tensors) -> str:
    """Let both take some steps from equal values; say what is not equal, or nothing."""
    for step in range(STEPS):
        before = {name: value.detach().clone() for name, value in values[0].items()}
        costs = [torch.tensor(each.backward(batch, step)[1:]) for each in (ours, theirs)]
        pairs = {"loss": (costs[0], costs[1])}
        pairs |= {name: (g, theirs.gradients()[name]) for name, g in ours.gradients().items()}
        for name, (one, other) in pairs.items():
            if not _near(one, other):
                return f"{name} differs at step {step}"
        for each in (ours, theirs):
            each.update(LR)
        for name, value in before.items():
            moves = [after[name].detach() - value for after in values]
            if not _near(*moves):
                return f"the move of {name} differs at step {step}"
        for path, entry in ours.memory().items():
            for key, value in entry.items():
                if not _near(value, theirs.memory()[path][key]):
                    return f"{key} of {path} differs at step {step}"
    return ""


def _near(one: Tensor, other: Tensor) -> bool:
    tolerance = TOLERANCE.get(one.dtype, 1e-3)
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
