"""The parts of a run as PyTorch: network, data, loss, training, looking at it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurarium.dataset import Split, drawn
from neurarium.training.job import Job
from neurarium.training.script.loop import given, loss, training, units_of
from neurarium.training.script.numbers import UNPACK, table
from neurarium.training.script.sentences import (
    answering,
    answers,
    looking,
    names,
    saying,
    says,
    telling,
    vocabularies,
)
from neurarium.training.tamper import written
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
    units = units_of(job)
    told_of = _saying(job, name) if says(job) else _looking(job, name, job.task.written(units))
    examples = drawn(job.dataset, job.seed)
    written = write(job.graph, name).text
    head, network = written.split("\n\n\n", 1)
    precision = "" if job.dtype == "float32" else f"\ntorch.set_default_dtype(torch.{job.dtype})"
    told = [
        Part("The network", f"{name}, layer by layer: called as on screen.", network.rstrip()),
        Part("The loss", f"{job.loss.title}: one number for each example.", loss(job, units).text),
        Part("Training", _story(job), training(job, name).text),
        Part(
            "Looking at it",
            "Loss and quality over whole sets.",
            f"{_trained(name, step)}\n\n\n{told_of}",
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
    wanted = names(job) if says(job) else (*job.graph.inputs, "y")
    chosen = {name: split.arrays[name] for name in wanted}
    floats = np.dtype(job.dtype)
    return {
        name: array.astype(floats) if np.issubdtype(array.dtype, np.floating) else array
        for name, array in chosen.items()
    }


def _imports(head: str, code: str) -> str:
    standard = [
        "import base64",
        *(["import math"] if "math." in code else []),
        *(["import re"] if "re.findall" in code else []),
        "import sys",
        "import zlib",
    ]
    others = ("from collections", "from functools", "from typing")
    typing = [line for line in head.splitlines() if line.startswith(others)]
    functional = ["from torch.nn import functional as F"] if "F." in code else []
    torch = ["import torch", "from torch import Tensor, nn, optim", *functional]
    return "\n".join([*standard, *typing, "", *torch])


def _story(job: Job) -> str:
    return (
        f"{job.optimizer.title} with a learning rate of {job.optimizer.lr:g} for {job.steps:,} steps. "
        "The first weights and the order of the examples are drawn anew, so that numbers differ a "
        "little from the run's." + _honestly(job)
    )


def _honestly(job: Job) -> str:
    """Say what the file does not do as the run does."""
    told = ""
    if job.precision == "tf32":
        told += (
            " The run's layers computed in TensorFloat-32 on a card; here they compute in float32."
        )
    if job.tampering:
        places = ", ".join(written(entry) for entry in job.tampering)
        told += f" The run's gradients were tampered with ({places}); here all flow as they should."
    return told


def _trained(name: str, step: int) -> str:
    return f'''\
def trained() -> {name}:
    """Make the network of the run as it was after step {step:,}."""
    network = {name}()
    network.load_state_dict(WEIGHTS)
    return network'''


def _saying(job: Job, name: str) -> str:
    """Write how sentences are measured, said, and answered."""
    some = given(job, "some")
    written = [vocabularies(job), looking(job, name, some), saying(job, name, some)]
    written += [answering(job, name)] if answers(job) else []
    return "\n\n\n".join([*written, telling(name, answers(job))])


def _looking(job: Job, name: str, metric: tuple[str, str]) -> str:
    called, expression = metric
    return f'''\
def look(network: {name}) -> dict[str, float]:
    """Measure a network on all examples that it learned from, and on those held out."""
    network.eval()
    told = {{}}
    with torch.no_grad():
        for part, table in (("train", TRAIN), ("validation", HELD_OUT)):
            target = table["y"]
            if not len(target):
                continue
            output = network({given(job, "table")})
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
        print("first outputs:", network({given(job, "few")}).tolist())'''
