"""500 random graphs: what is said of them is what torch makes of them; broken ones are explained, never a crash."""

import copy
import random
from typing import Any

import pytest
import torch
from pydantic import ValidationError
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from neurarium_models.graph import Block, Graph, Node
from neurarium_models.inspect import inspect
from neurarium_models.network import GraphError, Network, build_network
from tests.models.random_graphs import random_document, random_graph
from tests.models.samples import TYPES, tensor

VALID = range(500)
BROKEN = range(400)
HUNDREDS = [0, *(pytest.param(start, marks=pytest.mark.bars) for start in range(100, 500, 100))]
"""The first hundred are tried always, all by `make bars`."""


def batch(graph: Graph, device: str) -> dict[str, Tensor]:
    return {name: tensor(spec, device=device, batch=2) for name, spec in graph.inputs.items()}


def follow(parts: list[Node | Block], known: dict[str, Any], prefix: str, network: Network) -> None:
    """Compute a body by trying its parts over and over: slow, and without our order, plan or slots."""
    waiting = list(parts)
    while waiting:
        part = waiting.pop(0)
        sources = part.inputs.values() if isinstance(part.inputs, dict) else part.inputs
        if any(source not in known for source in sources):
            waiting.append(part)
        elif isinstance(part, Node):
            module = network.get_submodule(prefix + part.id)
            found = module(*(known[source] for source in sources))
            found = found if isinstance(found, tuple) else (found,)
            known[part.id] = found[0]
            known |= {
                f"{part.id}:{port}": x for port, x in zip(part.layer.returns, found, strict=True)
            }
        else:
            given = {name: known[source] for name, source in part.inputs.items()}
            for number in range(part.repeat or 1):
                inside = prefix + part.id + ("." if part.repeat is None else f".{number}.")
                here = dict(given)
                follow(part.block.nodes, here, inside, network)
                outputs = {name: here[source] for name, source in part.block.outputs.items()}
                given |= {name: value for name, value in outputs.items() if name in given}
            known[part.id] = next(iter(outputs.values()))


@pytest.mark.slow
@pytest.mark.parametrize("start", HUNDREDS)
def test_shapes_parameters_and_operations_are_those_of_torch(start: int) -> None:
    for seed in VALID[start : start + 100]:
        graph = random_graph(seed)
        answer = inspect(graph)
        assert answer.errors == [], f"seed {seed}"
        network = build_network(graph, device="meta").eval()
        paths = [place.path for place in network.places]
        with FlopCounterMode(display=False) as counter:
            _, seen = network.tapped(batch(graph, "meta"), paths)

        assert answer.flops * 2 == counter.get_total_flops(), f"seed {seed}"
        assert answer.parameters == sum(p.numel() for p in network.parameters()), f"seed {seed}"
        assert answer.layers == len(paths), f"seed {seed}"
        for node in answer.nodes:
            value, spec = seen[node.path], node.outputs["output"]
            assert (tuple(value.shape[1:]), value.dtype) == (spec.shape, TYPES[spec.dtype]), (
                f"seed {seed}"
            )
            module = network.get_submodule(node.path)
            shapes = {name: tuple(p.shape) for name, p in module.named_parameters()}
            assert node.parameter_shapes == shapes, f"seed {seed}"


@pytest.mark.slow
@pytest.mark.parametrize("start", HUNDREDS)
def test_a_network_computes_what_its_graph_says(start: int) -> None:
    for seed in VALID[start : start + 100]:
        graph = random_graph(seed)
        network = build_network(graph, seed=seed).eval()
        known: dict[str, Any] = batch(graph, "cpu")
        outputs = network(known)
        follow(graph.nodes, known, "", network)
        for name, source in graph.outputs.items():
            torch.testing.assert_close(
                outputs[name], known[source], equal_nan=True, msg=f"seed {seed}"
            )


def damage(document: dict[str, Any], dice: random.Random) -> None:
    """Break something: drop, double or change any value anywhere in the document."""
    names = [
        "x",
        "y0",
        "n1",
        "n3",
        "n5",
        "b2",
        "vector",
        "image",
        "tokens",
        "n1:state",
        "forward",
        "class",
    ]
    places: list[tuple[Any, Any]] = []
    pending: list[Any] = [document["nodes"], document["inputs"], document["outputs"]]
    while pending:
        holder = pending.pop()
        keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
        # Kinds, settings' names and versions are for pydantic to refuse; the rest is for us.
        places += [(holder, key) for key in keys if key not in ("kind", "block", "layer", "axes")]
        pending += [holder[key] for key in keys if isinstance(holder[key], dict | list)]
    holder, key = dice.choice(places)
    old = holder[key]
    if isinstance(old, bool | None):
        return
    if isinstance(old, str):
        holder[key] = dice.choice(names)
    elif isinstance(old, int):
        holder[key] = dice.choice([1, 2, 3, 5, 7, 64, 2**31, -1])
    elif isinstance(holder, list) and dice.randrange(2):
        holder.append(copy.deepcopy(old))
    else:
        del holder[key]


@pytest.mark.slow
def test_broken_graphs_are_explained() -> None:
    """Each is refused as a document, explained by problems, or can be built and run: nothing else ever happens."""
    refused = explained = fine = 0
    for seed in BROKEN:
        dice = random.Random(seed)
        document = copy.deepcopy(random_document(seed % 500))
        for _ in range(dice.randrange(1, 4)):
            damage(document, dice)
        try:
            graph = Graph.model_validate(document)
        except ValidationError:
            refused += 1
            continue
        answer = inspect(graph)
        if answer.errors:
            explained += 1
            for problem in answer.problems:
                assert problem.message.endswith((".", "?")), problem.message
            with pytest.raises(GraphError):
                build_network(graph, device="meta")
        else:
            fine += 1
            network = build_network(graph, device="meta").eval()
            outputs = network(batch(graph, "meta"))
            for name, spec in answer.outputs.items():
                assert spec is not None
                assert tuple(outputs[name].shape[1:]) == spec.shape, f"seed {seed}"
    assert min(refused, explained, fine) > 20
