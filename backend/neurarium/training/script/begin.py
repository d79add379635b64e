"""How the weights of a run begin, as PyTorch: call by call, or a loop where a block has many."""

import re
from collections.abc import Iterator

from neurarium.training.initialisation import Initialisation, is_bias
from neurarium.training.job import Job
from neurarium.training.moves import within
from neurarium_models.layout import Place, lay_out

MOST = 6
"""Calls that are written one by one for one node or block."""


def beginning(job: Job, name: str) -> list[str]:
    """Write a function that gives a new network of the class `name` its first weights."""
    lines = [
        f"def initialise(network: {name}) -> None:",
        '    """Draw the first weights where those of torch are not wanted."""',
    ]
    places = lay_out(job.graph, fold=False).places
    for path in sorted(job.init, key=lambda path: path.count(".")):  # inner ones have the last word
        how = job.init[path]
        calls = list(_calls(how, within(path, places)))
        lines += [f"    {line}" for line in (calls if len(calls) <= MOST else _loop(how, path))]
    return lines


def _calls(how: Initialisation, places: list[Place]) -> Iterator[str]:
    for place in places:
        for name, shape in place.layer.parameter_shapes(*place.specs).items():
            tensor = member(f"{place.path}.{name}")
            if is_bias(name):
                yield _bias(how, tensor)
            elif how.takes(name, shape):
                yield how.written(tensor)


def _loop(how: Initialisation, path: str) -> Iterator[str]:
    yield f"for name, p in {member(path)}.named_parameters():"
    yield '    if "bias" in name.rpartition(".")[2]:'
    yield f"        {_bias(how, 'p')}"
    yield f"    elif p.ndim >= {how.axes}:"
    yield f"        {how.written('p')}"


def _bias(how: Initialisation, tensor: str) -> str:
    return f"nn.init.constant_({tensor}, {how.bias})" if how.bias else f"nn.init.zeros_({tensor})"


def member(path: str) -> str:
    """Write how Python reaches what is at a path: `network.blocks[0].dense.weight`."""
    return "network" + re.sub(r"\.(\d+)", r"[\1]", f".{path}")
