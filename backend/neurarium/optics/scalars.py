"""The numbers of one example's way through a run's network, one by one, and what an update would make of them."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from neurarium.capture.reckon import Reckoned, Reckoner
from neurarium.capture.scalar_graph import scalar_graph
from neurarium.capture.scalars import Scalar, ScalarGraph, ScalarsError
from neurarium.dataset import ClassTarget
from neurarium.optics.examples import gather
from neurarium.optics.memory import Memory
from neurarium.optics.wrong import wrong_slopes
from neurarium.probe import ProbeError
from neurarium.training.bare import built, step_of
from neurarium.training.rates import regroup
from neurarium.training.view import View

_memory = Memory()


@dataclass(frozen=True)
class Walk:
    """One example, forward, backward and updated."""

    graph: ScalarGraph
    example: int
    now: Reckoned
    next: list[float]
    """Every number as it would be for the same example after an update by this example alone."""
    lr: float

    def find(self, name: str) -> int:
        """Find the place of a scalar."""
        return next(i for i, scalar in enumerate(self.graph.scalars) if scalar.id == name)


def walk(view: View, example: int | None) -> Walk:
    """Compute one example's way in float64, or raise ProbeError saying why there is none."""
    graph, reckoner = _memory.recall(view.job, "scalars", lambda: _drawn(view))
    everything = gather(view.examples)
    row = everything.row(example)
    batch = view.inputs(everything.pick(slice(row, row + 1)))
    parameters = {
        name: value.detach().cpu().double().clone()
        for name, value in view.network.named_parameters()
    }
    given = _given(view, graph, batch)
    wrong = wrong_slopes(view, graph) if view.job.tampering else {}
    now = reckoner.reckon(_with(given, graph, parameters), wrong)
    lr = view.job.optimizer.lr * view.job.schedule.factor(view.step, view.job.steps)
    _update(view, graph, parameters, now, lr)
    after = reckoner.forward(_with(given, graph, parameters))
    return Walk(graph, int(everything.ids[row]), now, after, lr)


def _drawn(view: View) -> tuple[ScalarGraph, Reckoner]:
    try:
        graph = scalar_graph(view.job)
    except ScalarsError as problem:
        raise ProbeError(str(problem)) from None
    return graph, Reckoner(graph)


def _given(view: View, graph: ScalarGraph, batch: dict[str, Tensor]) -> list[float]:
    """Read inputs and targets, each in its place."""
    targets = iter(_targets(view, graph, batch["y"]))
    values = {
        name: tensor.double().reshape(-1).tolist() for name, tensor in batch.items() if name != "y"
    }
    return [
        values[scalar.node][scalar.index[0]]
        if scalar.role == "input"
        else next(targets)
        if scalar.role == "target"
        else 0.0
        for scalar in graph.scalars
    ]


def _targets(view: View, graph: ScalarGraph, target: Tensor) -> list[float]:
    """Say the target as the loss takes it: its numbers, -1 or +1 for each unit, or the right class from 1 on."""
    if not isinstance(view.job.dataset.target(), ClassTarget):
        return list(target.double().reshape(-1).tolist())
    right = int(target.reshape(-1)[0])
    units = sum(scalar.role == "target" for scalar in graph.scalars)
    if any(scalar.op in ("log_softmax", "lead") for scalar in graph.scalars):
        return [right + 1.0]
    if units == 1:
        return [2.0 * right - 1]
    return [1.0 if unit == right else -1.0 for unit in range(units)]


def _with(given: list[float], graph: ScalarGraph, parameters: dict[str, Tensor]) -> list[float]:
    """Put weights and biases into their places."""
    values = {name: tensor.reshape(-1).tolist() for name, tensor in parameters.items()}
    return [
        values[scalar.parameter][_flat(scalar, parameters)] if scalar.parameter else number
        for scalar, number in zip(graph.scalars, given, strict=True)
    ]


def _flat(scalar: Scalar, parameters: dict[str, Tensor]) -> int:
    """Find the place of a weight or bias, row by row."""
    first, *second = scalar.index
    return first * parameters[scalar.parameter].shape[-1] + second[0] if second else first


def _update(
    view: View, graph: ScalarGraph, parameters: dict[str, Tensor], now: Reckoned, lr: float
) -> None:
    """Let the job's optimiser, with what it remembers, take a step on copies with this example's gradients."""
    gradients = {name: [0.0] * value.numel() for name, value in parameters.items()}
    for scalar, gradient in zip(graph.scalars, now.gradients, strict=True):
        if scalar.parameter:
            gradients[scalar.parameter][_flat(scalar, parameters)] = gradient
    for name, value in parameters.items():
        value.grad = torch.tensor(gradients[name], dtype=value.dtype).reshape(value.shape)
    optimizer = built(view.job.optimizer, parameters.values())
    if view.job.rates:
        regroup(optimizer, parameters, view.job.rates)
    remembered = view.memory() if view.memory is not None else {}
    for name, entry in remembered.items():
        optimizer.state[parameters[name]] = {key: _copied(value) for key, value in entry.items()}
    for group in optimizer.param_groups:
        group["lr"] = lr * group.get("factor", 1.0)
    step_of(optimizer)()


def _copied(value: Any) -> Any:
    """Copy what an optimiser remembers in double precision; the count of its steps stays as it is."""
    if not isinstance(value, Tensor):
        return value
    copy = value.detach().cpu().clone()
    return copy.double() if copy.ndim else copy
