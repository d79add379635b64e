"""The parts of a run as PyTorch: network, data, loss, training, looking at it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurarium.dataset import Split
from neurarium.training.job import Job
from neurarium.training.script.numbers import UNPACK, table
from neurarium_models.inspect import inspect
from neurarium_models.source.write import class_name, write

Arrays = Mapping[str, NDArray[Any]]


TRAINING = 3
"""Which part tells how the run was trained."""


@dataclass(frozen=True)
class Part:
    """A piece of code, and what it is about."""

    title: str
    text: str
    code: str


def parts(job: Job, weights: Arrays, step: int) -> list[Part]:
    """Write a run with its weights after a step, or raise TaskError where its task cannot be written."""
    name = class_name(job.name or job.title)
    (output,) = inspect(job.graph).outputs.values()
    units = output.shape[-1] if output is not None else 1
    metric = job.task.written(units)
    examples = job.dataset.draw(job.seed)
    written = write(job.graph, name).text
    head, network = written.split("\n\n\n", 1)
    precision = (
        "" if job.precision == "float32" else f"\ntorch.set_default_dtype(torch.{job.precision})"
    )
    told = [
        Part("The network", f"{name}, layer by layer: called as on screen.", network.rstrip()),
        Part("The loss", f"{job.loss.title}: one number for each example.", _loss(job, units)),
        Part("Training", _story(job), _training(job, name)),
        Part(
            "Looking at it", "Loss and quality over whole sets.", _looking(job, name, metric, step)
        ),
        Part("Numbers as text", "How the tables below become tensors.", UNPACK.rstrip()),
    ]
    imports = _imports(head, "\n".join(part.code for part in told)) + precision
    data = (("TRAIN", examples.train), ("HELD_OUT", examples.validation))
    tables = [table(called, _arrays(job, split)) for called, split in data]
    held_out = f"{len(examples.validation):,} held out"
    return [
        Part("Imports", "Nothing but torch is needed.", imports),
        *told,
        Part(
            "The data",
            f"{len(examples.train):,} examples to learn from, and {held_out}.",
            "\n\n".join(tables),
        ),
        Part("The weights", f"As they are after step {step:,}.", table("WEIGHTS", weights)),
    ]


def _arrays(job: Job, split: Split) -> dict[str, NDArray[Any]]:
    """Choose what the network is given and is to answer, in the precision of the run."""
    chosen = {name: split.arrays[name] for name in (*job.graph.inputs, "y")}
    floats = np.dtype(job.precision)
    return {
        name: array.astype(floats) if np.issubdtype(array.dtype, np.floating) else array
        for name, array in chosen.items()
    }


def _imports(head: str, code: str) -> str:
    standard = [
        "import base64",
        *(["import math"] if "math." in code else []),
        "import sys",
        "import zlib",
    ]
    typing = [
        line for line in head.splitlines() if line.startswith(("from functools", "from typing"))
    ]
    functional = ["from torch.nn import functional as F"] if "F." in code else []
    torch = ["import torch", "from torch import Tensor, nn, optim", *functional]
    return "\n".join([*standard, *typing, "", *torch])


def _loss(job: Job, units: int) -> str:
    target = job.dataset.target().kind
    lines = [f"    {line}" for line in job.loss.written(units, target)]
    said = f'    """Say how wrong each example\'s output is: {job.loss.title}."""'
    return "\n".join(["def loss(output: Tensor, target: Tensor) -> Tensor:", said, *lines])


def _story(job: Job) -> str:
    return (
        f"{job.optimizer.title} with a learning rate of {job.optimizer.lr:g} for {job.steps:,} steps. "
        "The first weights and the order of the examples are drawn anew, so that numbers differ a "
        "little from the run's."
    )


def _given(job: Job, table: str, chosen: str = "") -> str:
    return ", ".join(f'{table}["{name}"]{chosen}' for name in job.graph.inputs)


def _training(job: Job, name: str) -> str:
    penalty = job.regulariser.written()
    batch = f"min({job.batch.size}, count)" if job.batch.policy == "minibatch" else "count"
    batch = "1" if job.batch.policy == "single" else batch
    lines = [
        f"STEPS = {job.steps}",
        f"SEED = {job.seed % 2**63}",
        "",
        "",
        "def factor(step: int) -> float:",
        f'    """What the learning rate is multiplied with: {job.schedule.title}."""',
        f"    return {job.schedule.written()}",
        "",
        "",
        f"def train() -> {name}:",
        '    """Train a new network."""',
        "    torch.manual_seed(SEED)",
        f"    network = {name}()",
        f"    optimizer = {job.optimizer.written()}",
    ]
    if penalty:
        lines.append("    weights = [p for p in network.parameters() if p.ndim > 1]  # no biases")
    norms = any(
        k in ("BatchNorm1d", "BatchNorm2d") for k in {n.kind for n in inspect(job.graph).nodes}
    )
    if norms:
        lines.append(
            "    norms = [m for m in network.modules() if isinstance(m, nn.BatchNorm1d | nn.BatchNorm2d)]"
        )
    lines += [
        '    count = len(TRAIN["y"])',
        f"    batch = {batch}",
        "    at = count",
        "    for step in range(STEPS):",
        "        if at >= count:  # a new epoch",
        "            order, at = torch.randperm(count), 0",
        "        chosen = order[at : at + batch]",
        "        at += batch",
        "        for group in optimizer.param_groups:",
        f'            group["lr"] = {job.optimizer.lr} * factor(step)',
        "        network.train()",
    ]
    if norms:
        lines.append("        for norm in norms:  # one example alone has no spread")
        lines.append("            norm.train(len(chosen) > 1)")
    lines += [
        "        optimizer.zero_grad()",
        f"        output = network({_given(job, 'TRAIN', '[chosen]')})",
        '        error = loss(output, TRAIN["y"][chosen]).mean()',
        *([f"        error = error + {penalty}"] if penalty else []),
        "        error.backward()",
        "        optimizer.step()",
        "    return network",
    ]
    return "\n".join(lines)


def _looking(job: Job, name: str, metric: tuple[str, str], step: int) -> str:
    called, expression = metric
    return f'''\
def trained() -> {name}:
    """Make the network of the run as it was after step {step:,}."""
    network = {name}()
    network.load_state_dict(WEIGHTS)
    return network


def look(network: {name}) -> dict[str, float]:
    """Measure a network on all examples that it learned from, and on those held out."""
    network.eval()
    told = {{}}
    with torch.no_grad():
        for part, table in (("train", TRAIN), ("validation", HELD_OUT)):
            target = table["y"]
            if not len(target):
                continue
            output = network({_given(job, "table")})
            told[f"{{part}}_loss"] = loss(output, target).mean().item()
            told[f"{{part}}_{called}"] = ({expression}).mean().item()
    return told


def main() -> None:
    """Show the run's network, or with `train` behind the file's name train another."""
    network = train() if "train" in sys.argv[1:] else trained()
    for name, number in look(network).items():
        print(f"{{name}}: {{number:.9g}}")
    few = {{name: values[:5] for name, values in HELD_OUT.items()}}
    with torch.no_grad():
        print("first outputs:", network({_given(job, "few")}).tolist())'''
