"""How many examples a second a network learns from, by the size of the batch: what one large product saves."""

import statistics
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field, replace

import torch

from neurarium.training.engine.contract import Engine
from neurarium.training.engine.recorder import WARM
from neurarium.training.run import Run
from neurarium.training.state import State
from neurarium.training.stream import Tensors

SIZES = tuple(2**power for power in range(11))
SECONDS = 1.8
"""Of the processor, for all lines together."""
GROUP = 0.0005
"""Seconds that are measured at once at least: several steps, where one takes less."""
MOST = 100
"""Groups measured for one size."""


@dataclass
class Line:
    """One way to compute, at the sizes that there was time for."""

    device: str
    engine: str
    card: str = ""
    sizes: list[int] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    """Examples a second."""


def measure(state: State, device: str) -> Generator[None, None, list[Line]]:
    """Measure copies of a run: here, and on the CPU where here is a card; by the engine chosen and by the reference."""
    devices = list(dict.fromkeys([device, "cpu"]))
    runs: list[Run] = []
    for place in devices:
        for fast in (True, False):
            here = _known(state, place)
            run = Run(here.facts.job, place, fast=fast)
            run.restore(here)
            if not any(_same(run, other) for other in runs):
                runs.append(run)
            yield
    lines: list[Line] = []
    for run in runs:
        lines.append((yield from _line(run, SECONDS / len(runs))))
    return lines


def _known(state: State, place: str) -> State:
    """Let the CPU, which has no TensorFloat-32, compute the same in float32."""
    job = state.facts.job
    if job.precision != "tf32" or place != "cpu":
        return state
    job = job.model_copy(update={"precision": "float32", "device": "cpu"})
    return replace(state, facts=state.facts.model_copy(update={"job": job}))


def _same(one: Run, other: Run) -> bool:
    return one.device == other.device and type(one.engine) is type(other.engine)


def _line(run: Run, seconds: float) -> Generator[None, None, Line]:
    kind = run.device.type
    card = torch.cuda.get_device_name(run.device) if kind == "cuda" else ""
    line = Line(kind, run.engine.name, card)
    clock = clock_of(run.device)
    for place, size in enumerate(SIZES):
        cost, spent = yield from _size(run, size, seconds / (len(SIZES) - place), clock)
        seconds -= spent
        line.sizes.append(size)
        line.rates.append(size / cost)
        if 3 * cost > seconds:  # twice as many examples, once to warm up and once to measure
            break
    return line


def _size(
    run: Run, size: int, seconds: float, clock: Callable[[], float]
) -> Generator[None, None, tuple[float, float]]:
    """Say what a step of so many examples costs, and how much time that took to find out."""
    batch = _batch(run.stream.tensors, size)
    if run.device.type == "cuda":
        _time(
            run.engine, batch, WARM + 1, clock
        )  # recordings are made once, and not on this account
        yield
    spent = first = _time(run.engine, batch, 1, clock)  # memory is laid out, kernels are chosen
    yield
    steps = max(1, int(GROUP / max(first, 1e-6)))
    costs: list[float] = []
    while not costs or (spent < seconds and len(costs) < MOST):
        took = _time(run.engine, batch, steps, clock)
        costs.append(took / steps)
        spent += took
        yield
    return statistics.median(costs), spent


def _time(engine: Engine, batch: Tensors, steps: int, clock: Callable[[], float]) -> float:
    """Take whole steps, at a rate of 0: the same work, and nothing overflows."""
    start = clock()
    for _ in range(steps):
        engine.backward(batch, 0)
        engine.update(0.0)
    return clock() - start


def _batch(tensors: Tensors, size: int) -> Tensors:
    """Take examples for a batch; where there are too few, again from the first."""
    count = len(next(iter(tensors.values())))
    places = torch.arange(size) % count
    return {name: tensor[places.to(tensor.device)] for name, tensor in tensors.items()}


def clock_of(device: torch.device) -> Callable[[], float]:
    """Choose what measures steps: this thread's own time, or the time until the card is done."""
    if device.type == "cpu":
        return time.thread_time
    wait = torch.cuda.synchronize if device.type == "cuda" else torch.mps.synchronize

    def clock() -> float:
        wait()
        return time.perf_counter()

    return clock
