"""The referee: gradients beside how the loss really changes when one number is moved a little, all in float64.

The loss of the next step (its minibatch, its dropout) is computed on a copy. Only the way forward is used for the
differences, which tampering leaves as it is: what is cut or wrong on the way back is seen.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor, nn

from neurarium.training.differences import VALUES, Slope, slope
from neurarium.training.engine.plain import Plain
from neurarium.training.gate import Tampered
from neurarium.training.run import Run
from neurarium.training.stream import Tensors, to_tensors
from neurarium.training.tampering import Grip, find_grips
from neurarium_models.layout import lay_out, sources
from neurarium_models.network import Network, build_network

Verdict = Literal["agrees", "differs", "kink"]
AGREES = 1e-6
"""Relative error up to which two numbers are called equal."""
SHOWN = 8
"""Names that a sentence lists."""
SECONDS = 120
"""How long judging may take at most, on an ordinary core with nothing else to do."""
SPEED = 1.5e9
"""Floating-point operations a second of such a core, in float64."""
CALL = 150e-6
"""Seconds that calling a layer takes, however small it is."""


class CheckError(ValueError):
    """This cannot be checked: a sentence for a learner."""


@dataclass(frozen=True)
class Wanted:
    """A derivative of the loss: by one number of a parameter, or by one that a node says."""

    parameter: str | None
    node: str | None
    index: tuple[int, ...]


@dataclass(frozen=True)
class Judgement:
    """What was found about one derivative."""

    autograd: float
    """What the way back says, tampering included."""
    difference: float
    """What the way forward says."""
    error: float
    """How far apart they are, beside the greater one; 0 where both are no more than what rounding leaves."""
    h: float
    """How far the number was moved to each side, at most."""
    verdict: Verdict
    left: float
    right: float
    """The slopes on both sides of the number."""


class Pushed(Tampered):
    """A layer to whose output something is added: a place at which to differentiate, and to push."""

    def __init__(self, module: nn.Module, grip: Grip, shifts: dict[int, Tensor]) -> None:
        super().__init__(module, grip)
        self.shifts = shifts

    def __call__(self, *inputs: Tensor | None) -> Any:
        """Compute what the layer computes, and add."""
        result = super().__call__(*inputs)
        if isinstance(result, tuple):
            parts = enumerate(result)
            return tuple(part + self.shifts.get(port, 0) for port, part in parts)
        return result + self.shifts[0]


class Referee:
    """A copy of a run, in float64, and what is to be judged about its next step."""

    def __init__(self, run: Run, targets: Sequence[Wanted], example: int | None = None) -> None:
        """Copy what is needed, or raise CheckError: there is no such example, parameter, node, or number of it."""
        self.step = run.step
        self.batch = _batch(run, example)
        _check_time(run, len(targets), len(next(iter(self.batch.values()))))
        network = build_network(run.job.graph).double()
        network.load_state_dict({name: v.cpu() for name, v in run.network.state_dict().items()})
        self._parameters = dict(network.named_parameters(remove_duplicate=False))
        self._sources = sources(lay_out(run.job.graph, fold=False))
        self._shifts: dict[str, Tensor] = {}
        """By what they are added to: nodes with their ports, inputs."""
        self._targets = [self._find(network, target) for target in targets]
        self._rewire(network, find_grips(run.job.graph, run.job.tampering))
        job = run.job.model_copy(update={"precision": "float64", "device": "cpu"})
        self._engine = Plain(network, job)

    def judge(self) -> Iterator[Judgement]:
        """Judge one target after the other; between two somebody else may have a turn."""
        for (value, places), autograd in zip(self._targets, self._gradients(), strict=True):
            yield _judged(autograd, self._slope(value, places))

    def _gradients(self) -> list[float]:
        """Walk back once, as the run does; say what arrives at each target."""
        leaves = list({id(value): value for value, _ in self._targets}.values())
        for leaf in leaves:
            leaf.requires_grad_()
        total = self._loss()
        if not total.requires_grad:
            return [0.0] * len(self._targets)
        found = torch.autograd.grad(total, leaves, allow_unused=True, materialize_grads=True)
        by_leaf = {id(leaf): gradient for leaf, gradient in zip(leaves, found, strict=True)}
        return [float(by_leaf[id(value)][places].sum()) for value, places in self._targets]

    def _slope(self, value: Tensor, places: tuple[int | slice, ...]) -> Slope:
        before = value.detach()[places].clone()

        def move(distance: float) -> float:
            with torch.no_grad():
                value[places] = before + distance
                return float(self._loss())

        try:
            return slope(move, float(before) if before.ndim == 0 else 0.0)
        finally:
            with torch.no_grad():
                value[places] = before

    def _loss(self) -> Tensor:
        pushed = {name: x + self._shifts.get(name, 0) for name, x in self.batch.items()}
        losses, penalty = self._engine.costs(pushed, self.step)
        return losses.mean() + penalty

    def _find(self, network: Network, target: Wanted) -> tuple[Tensor, tuple[int | slice, ...]]:
        """Find the tensor that a target is about, and the places in it."""
        if target.parameter is not None:
            value = self._parameters.get(target.parameter)
            if value is None:
                raise CheckError(_missing("parameter", target.parameter, self._parameters))
            return value, _place(target.parameter, tuple(value.shape), target.index)
        path = target.node or ""
        if path not in self._sources:
            raise CheckError(_missing("node or input", path, self._sources))
        source = self._sources[path]
        shape = self._shape(network, source)
        count = len(next(iter(self.batch.values())))
        if source not in self._shifts:
            self._shifts[source] = torch.zeros(count, *shape, dtype=torch.float64)
        if len(target.index) == len(shape) + 1:
            return self._shifts[source], _place(path, (count, *shape), target.index)
        return self._shifts[source], (slice(None), *_place(path, shape, target.index))

    def _shape(self, network: Network, source: str) -> tuple[int, ...]:
        spec = network.graph.inputs.get(source)
        for place in network.places:
            if source in place.produced:
                spec = list(place.outputs.values())[place.produced.index(source)]
        if spec is None or spec.dtype != "float32":
            raise CheckError(f"`{source}` is no real number: the loss has no slope along it.")
        return spec.shape

    def _rewire(self, network: Network, grips: dict[str, Grip]) -> None:
        instead: dict[str, Tampered] = {
            path: Tampered(network.get_submodule(path), grip) for path, grip in grips.items()
        }
        for place in network.places:
            shifts = {
                port: self._shifts[source]
                for port, source in enumerate(place.produced)
                if source in self._shifts
            }
            if shifts:
                grip = grips.get(place.path, Grip(place))
                instead[place.path] = Pushed(network.get_submodule(place.path), grip, shifts)
        network.rewire(instead)


def _batch(run: Run, example: int | None) -> Tensors:
    """Take the minibatch of the next step, or one example, in float64."""
    if example is None:
        taken = run.stream.peek(run.job.batch.count(len(run.stream))).tensors
        return {
            name: value.cpu().double() if value.is_floating_point() else value.cpu()
            for name, value in taken.items()
        }
    for split in (run.examples.train, run.examples.validation):
        rows = np.flatnonzero(split.ids == example)
        if len(rows):
            arrays = {name: array[rows[:1]] for name, array in split.arrays.items()}
            return to_tensors(arrays, torch.device("cpu"), torch.float64)
    raise CheckError(f"There is no example #{example} in the data.")


def affordable(run: Run, examples: int) -> int:
    """Say how many targets can be judged in the time there is, if every one of them takes as long as any could."""
    inspection = run.inspection
    forward = examples * inspection.flops / SPEED + inspection.layers * CALL
    return int(SECONDS / (VALUES * forward))


def _check_time(run: Run, targets: int, examples: int) -> None:
    most = affordable(run, examples)
    if targets <= most:
        return
    way_out = (
        f"Choose {most} or fewer."
        if most
        else "Choose one example alone."
        if examples > 1
        else "This network is too large for it."
    )
    raise CheckError(
        f"For each number that is checked, the loss is computed up to {VALUES} times: for {targets} of this network "
        f"with {examples} {'example' if examples == 1 else 'examples'} that may take more than {SECONDS} seconds. "
        f"{way_out}"
    )


def _place(path: str, shape: tuple[int, ...], index: tuple[int, ...]) -> tuple[int, ...]:
    fits = len(index) == len(shape) and all(i < size for i, size in zip(index, shape, strict=True))
    if not fits:
        sizes = " × ".join(map(str, shape)) or "1"
        raise CheckError(f"`{path}` has {sizes} numbers; there is none at {list(index)}.")
    return index


def _judged(autograd: float, found: Slope) -> Judgement:
    """Compare; at a kink every slope between those on both sides is as good as any other."""
    apart = abs(autograd - found.value)
    greater = max(abs(autograd), abs(found.value))
    near = apart <= 4 * found.noise
    error = 0.0 if greater <= 4 * found.noise else apart / greater
    low, high = sorted((found.left, found.right))
    room = AGREES * max(abs(low), abs(high)) + 4 * found.noise
    verdict: Verdict = "agrees" if near or error <= AGREES else "differs"
    if not found.is_smooth and low - room <= autograd <= high + room:
        verdict = "kink"
    if not math.isfinite(apart):
        verdict = "differs"
    return Judgement(autograd, found.value, error, found.h, verdict, found.left, found.right)


def _missing(what: str, path: str, known: "Sequence[str] | dict[str, Any]") -> str:
    names = list(known)
    shown = ", ".join(f"`{name}`" for name in names[:SHOWN]) + (", …" if len(names) > SHOWN else "")
    return f"The network has no {what} `{path}`. It has: {shown}."
