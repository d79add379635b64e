"""What a run takes of the memory: estimated in plain integers, held against what torch really takes."""

from collections.abc import Iterator
from itertools import count, islice
from typing import Any

import pytest
from pydantic import TypeAdapter
from torch import Tensor

from neurarium.dataset import Dataset
from neurarium.datasets import DATASETS, AnyDataset
from neurarium.training.budget import Budget, estimate
from neurarium.training.check import MAXIMUM_PARAMETERS
from neurarium.training.job import Job
from neurarium.training.optimizers import OPTIMIZERS
from neurarium.training.run import Run
from neurarium_models.inspect import inspect
from neurarium_models.processor import NARROW, lanes
from tests.backend.training.allocations import peaks
from tests.backend.training.jobs import graph, linear, make_job, mlp
from tests.backend.training.random_jobs import random_job

LEAST, MOST = 0.8, 1.5
LOOSE = 0.6, 2.0
"""How near it is on any processor: torch chooses its convolutions by what that can do."""
SMALL = 2**20
"""Below this many bytes, what torch always needs decides."""
LARGE = 64 * 2**20
OPERATIONS = 1e9
COUNT = 16
VARIANTS = [
    pytest.param({"kind": kind, **settings}, id=f"{kind}-{name}")
    for kind, optimizer in OPTIMIZERS.items()
    for name, settings in {"": {}, **optimizer.variants}.items()
]


def specimens(
    seeds: Iterator[int], operations: float = OPERATIONS
) -> Iterator[tuple[int, Job, Budget]]:
    """Random jobs that take neither too little memory to tell anything nor too long."""
    for seed in seeds:
        job = random_job(seed)
        inspection = inspect(job.graph)
        work = inspection.flops * (3 * job.batch.count(5000) + 1024)
        if work < operations and inspection.parameters < MAXIMUM_PARAMETERS:
            budget = estimate(job, inspection)
            if SMALL <= budget.total <= LARGE:
                yield seed, job, budget


def ratios(some: list[tuple[int, Job, Budget]]) -> list[tuple[float, int]]:
    """Estimate over measurement, and the seed, of all that do take some memory."""
    taken = peaks([job for _, job, _ in some])
    return [
        (budget.total / peak, seed)
        for (seed, _, budget), peak in zip(some, taken, strict=True)
        if peak >= SMALL
    ]


@pytest.mark.slow
def test_estimates_are_near_what_torch_takes() -> None:
    found = ratios(list(islice(specimens(count()), COUNT)))
    assert len(found) > COUNT / 2
    assert [(ratio, seed) for ratio, seed in found if not LOOSE[0] <= ratio <= LOOSE[1]] == []


def test_counting_all_outputs_of_a_thousand_examples_would_be_far_off() -> None:
    """The negative control: with that rule, which was ours, the same measurement fails."""
    layers = [linear("n0", 256, "x")]
    layers += [linear(f"n{at}", 256, f"n{at - 1}") for at in range(1, 8)]
    job = make_job(graph=graph(*layers, linear("o", 1, "n7")), **{"dataset.samples": 5000})
    memory, (peak,) = inspect(job.graph).memory, peaks([job])
    naive = memory.parameters + memory.gradients + memory.optimizer + 1024 * memory.activations
    assert naive / peak > LOOSE[1]
    assert LEAST <= estimate(job, inspect(job.graph)).total / peak <= MOST


def image(*layers: dict[str, Any]) -> dict[str, Any]:
    """Layers in a row; then a number for each of two classes."""
    rows = [*layers, {"kind": "Flatten"}, {"kind": "Linear", "out_features": 2}]
    names = ["x", *(f"n{at}" for at in range(len(rows)))]
    return graph(
        *({"id": names[at + 1], "layer": row, "inputs": [names[at]]} for at, row in enumerate(rows))
    )


ONE_MAP = (
    {"kind": "Reshape", "shape": [1, 1, 2], "axes": ["C", "H", "W"]},
    {"kind": "Upsample", "scale_factor": 20},
)
WINDOWS = {"kind": "Conv2d", "kernel_size": 3, "padding": 1}
CONVOLUTIONS: dict[str, tuple[dict[str, Any], ...]] = {
    "nothing before it learns": (*ONE_MAP, {**WINDOWS, "out_channels": 2, "stride": 2}),
    "after arithmetic": (
        *ONE_MAP, {"kind": "LocalResponseNorm", "size": 5}, {**WINDOWS, "out_channels": 10, "stride": 2},
    ),
    "one map, thinned, then its mean": (
        *ONE_MAP,
        {"kind": "Dropout2d"},
        {"kind": "Conv2d", "kernel_size": 4, "padding": 2, "stride": 2, "out_channels": 8},
        {"kind": "AdaptiveAvgPool2d", "output_size": 1},
    ),
    "groups that step": (
        {"kind": "Linear", "out_features": 28 * 49},
        {"kind": "Reshape", "shape": [28, 7, 7], "axes": ["C", "H", "W"]},
        {**WINDOWS, "out_channels": 36, "stride": 2, "groups": 2},
    ),
    "each map by itself": (
        {"kind": "Linear", "out_features": 4 * 400},
        {"kind": "Reshape", "shape": [4, 20, 20], "axes": ["C", "H", "W"]},
        {**WINDOWS, "out_channels": 4, "groups": 4},
    ),
}  # fmt: skip


@pytest.mark.parametrize("samples", [800, 3000])  # evaluating takes most, or learning does
@pytest.mark.parametrize("case", CONVOLUTIONS)
def test_estimates_of_convolutions_in_unusual_places(case: str, samples: int) -> None:
    job = make_job(
        graph=image(*CONVOLUTIONS[case]), **{"dataset.samples": samples, "batch.policy": "full"}
    )
    (peak,) = peaks([job])
    assert peak > SMALL
    least, most = (LEAST, MOST) if lanes() == NARROW else LOOSE  # where it was measured
    assert least <= estimate(job, inspect(job.graph)).total / peak <= most


def test_estimates_follow_one_map_that_lies_either_way() -> None:
    """As an input it does; whole maps are dropped and it still does. Its mean's gradient does not: it is copied."""
    layers = {
        "drop": {"kind": "Dropout2d"},
        "see": {"kind": "Conv2d", "out_channels": 8, "kernel_size": 4, "stride": 2, "padding": 2},
        "mean": {"kind": "AdaptiveAvgPool2d", "output_size": 1},
        "flat": {"kind": "Flatten"},
        "output": {"kind": "Linear", "out_features": 10},
    }
    sources = ["x", *layers]
    nodes = [
        {"id": name, "layer": layer, "inputs": [source]}
        for (name, layer), source in zip(layers.items(), sources, strict=False)
    ]
    digits = {"axes": ["C", "H", "W"], "shape": [1, 32, 32]}
    network = {"inputs": {"x": digits}, "nodes": nodes, "outputs": {"y": "output"}}
    job = make_job(graph=network, dataset={"kind": "PenDigits"}, **{"batch.policy": "full"})
    (peak,) = peaks([job])
    least, most = (LEAST, MOST) if lanes() == NARROW else LOOSE  # where it was measured
    assert least <= estimate(job, inspect(job.graph)).total / peak <= most


def test_a_small_network_by_hand() -> None:
    """5 tanh units on 2 features, one output: 21 parameters; 40 examples to learn from and 20 held out."""
    job = make_job(graph=mlp(), **{"batch.policy": "full"})
    budget = estimate(job, inspect(job.graph))
    assert (budget.parameters, budget.optimizer) == (4 * 21, 0)
    assert budget.data == (2 * 4 + 8) * (40 + 60)
    adam = make_job(graph=mlp(), optimizer={"kind": "Adam"}, precision="float64")
    assert estimate(adam, inspect(adam.graph)).optimizer == 2 * 8 * 21


@pytest.mark.parametrize("optimizer", VARIANTS)
def test_optimisers_remember_as_many_numbers_as_they_say(optimizer: dict[str, object]) -> None:
    run = Run(make_job(optimizer={**optimizer, "lr": 0.01}, engine="plain"))
    run.take()
    kept = sum(
        value.numel()
        for entry in run.engine.memory().values()
        for value in entry.values()
        if isinstance(value, Tensor) and value.ndim
    )
    assert kept == run.job.optimizer.remembers * run.inspection.parameters


@pytest.mark.parametrize("kind", DATASETS)
def test_datasets_say_how_many_examples_they_draw(kind: str) -> None:
    dataset = TypeAdapter[Dataset](AnyDataset).validate_python({"kind": kind})
    drawn = dataset.draw(1)
    assert dataset.sizes() == (len(drawn.train), len(drawn.validation))
