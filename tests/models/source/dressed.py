"""Random graphs with what makes writing hard: odd names, several outputs, named axes, masks, ties, other spellings."""

import random
from functools import cache
from typing import Any

from neurarium_models.graph import Graph
from neurarium_models.inspect import inspect
from tests.models.random_graphs import random_document

Document = dict[str, Any]
ODD = [
    "sum", "len", "torch_", "nn", "F", "Tensor", "block", "y", "x_", "math", "Annotated", "list", "h", "H", "None_",
    "self", "torch", "class", "lambda", "out", "print", "Network", "Step", "range", "_"[1:] + "a1", "n1_", "tuple",
]  # fmt: skip
KEYWORDS = {"class", "lambda"}
"""Names that an input may have, but no node."""


@cache
def dressed(seed: int) -> Graph:
    """Grow a graph and dress it up; the same seed gives the same."""
    dice = random.Random(seed)
    document = random_document(seed % 1000)
    names: dict[str, str] = {}
    _rename(document, dice, names)
    document["inputs"] = {names[name]: spec for name, spec in document["inputs"].items()}
    document["outputs"] = {
        _odd(dice, name, {}): _named(reference, names, dice, False)
        for name, reference in document["outputs"].items()
    }
    graph = Graph.model_validate(document)
    tied = _ties(graph, dice)
    return Graph.model_validate(document | {"tied": tied}) if tied else graph


def _odd(dice: random.Random, name: str, taken: dict[str, str], input: bool = True) -> str:
    for _ in range(3):
        candidate = dice.choice(ODD)
        if candidate not in taken.values() and (input or candidate not in KEYWORDS):
            return candidate if dice.randrange(2) else name
    return name


def _rename(body: Document, dice: random.Random, names: dict[str, str]) -> None:
    """Rename everything in one body, and make references say more than they must."""
    inputs = body["inputs"]
    for name in inputs:
        names[name] = _odd(dice, name, names)
    for part in body["nodes"]:
        names[part["id"]] = _odd(dice, part["id"], names, input=False)
    several: set[str] = set()
    for part in body["nodes"]:
        if "block" in part:
            several.add(part["id"])
            _dress_block(part, dice, names)
    for part in body["nodes"]:
        single = part["id"] not in several
        part["id"] = names[part["id"]]
        given = part["inputs"]
        if isinstance(given, dict):
            part["inputs"] = {k: _named(v, names, dice, False) for k, v in given.items()}
        else:
            part["inputs"] = [_named(v, names, dice, False) for v in given]
        if single:
            _axes(part["layer"], dice)


def _dress_block(part: Document, dice: random.Random, outside: dict[str, str]) -> None:
    """Rename what is inside, and let more of it come out."""
    body = part["block"]
    inner: dict[str, str] = {}
    _rename(body, dice, inner)
    body["inputs"] = [inner[name] for name in body["inputs"]]
    part["inputs"] = {inner[name]: source for name, source in part["inputs"].items()}
    outputs: Document = {}
    for name, reference in body["outputs"].items():
        outputs[inner.get(name, name)] = _named(reference, inner, dice, False)
    for node in body["nodes"]:
        if dice.randrange(4) == 0 and (name := f"more{len(outputs)}") not in outputs:
            outputs[name] = node["id"]
    body["outputs"] = outputs


def _named(reference: str, names: dict[str, str], dice: random.Random, single: bool) -> str:
    return names.get(reference, reference)


def _axes(layer: Document, dice: random.Random) -> None:
    if layer["kind"] == "Unsqueeze" and dice.randrange(2):
        layer["axis"] = dice.choice(["A", "Q"])
    if layer["kind"] == "Flatten" and dice.randrange(2):
        layer["axis"] = "Z"


def _ties(graph: Graph, dice: random.Random) -> list[list[str]]:
    """Tie some parameters of equal shapes."""
    by_shape: dict[tuple[int, ...], list[str]] = {}
    for node in inspect(graph).nodes:
        for name, shape in node.parameter_shapes.items():
            by_shape.setdefault(shape, []).append(f"{node.path}.{name}")
    groups = [paths[:3] for paths in by_shape.values() if len(paths) > 1]
    return [group for group in groups if dice.randrange(3) == 0]
