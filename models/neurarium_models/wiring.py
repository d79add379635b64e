"""Who feeds whom: the connections of a graph, checked and put in order, level by level.

Nothing here recurses over what a user wrote, and nothing raises: what is wrong becomes a Problem.
"""

import heapq
import keyword
from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import zip_longest

from neurarium_models.graph import RESERVED, Block, Graph, Node
from neurarium_models.layer import counted
from neurarium_models.problem import Problem

MAXIMUM_DEPTH = 32
MAXIMUM_NODES = 512

Part = Node | Block
Wire = tuple[str, str | None]
"""A port of a layer and what feeds it, None where nothing does; in the order in which the layer takes its inputs."""


@dataclass(slots=True)
class Scope:
    """A graph, or the inside of a block: names mean something within it only."""

    prefix: str
    """What stands before the ids of its parts in a path; in a repeated block, that of the first repetition."""
    inputs: Iterable[str]
    outputs: dict[str, str]
    order: list[Part] = field(default_factory=list)
    """Its parts, each after everything that feeds it; those of a circle come last."""
    wires: dict[str, list[Wire]] = field(default_factory=dict)
    """What each node is connected to, by the node's id."""
    inside: dict[str, "Scope"] = field(default_factory=dict)
    """The inside of each block, by the block's id."""


def wire(graph: Graph) -> tuple[Scope, list[Problem]]:
    """Put all parts in order and list what is wrong with the connections."""
    root = Scope("", graph.inputs, graph.outputs)
    problems: list[Problem] = []
    pending: list[tuple[Scope, list[Part], int]] = [(root, graph.nodes, 1)]
    nodes = 0
    while pending:
        scope, parts, depth = pending.pop()
        nodes += len(parts)
        if depth > MAXIMUM_DEPTH or nodes > MAXIMUM_NODES:
            what = (
                f"deeper than {MAXIMUM_DEPTH} blocks"
                if depth > MAXIMUM_DEPTH
                else f"more than {MAXIMUM_NODES} nodes"
            )
            return Scope("", graph.inputs, {}), [
                Problem(node="", message=f"This network is {what}, which is the limit.")
            ]
        known = _by_id(scope, parts, problems)
        _check_references(scope, known, problems)
        scope.order = _ordered(scope, known, problems)
        for part in scope.order:
            if isinstance(part, Node):
                scope.wires[part.id] = _wires(scope, part, problems)
                continue
            body = part.block
            scope.inside[part.id] = Scope(enter(scope.prefix, part), body.inputs, body.outputs)
            _check_block(scope, part, problems)
            pending.append((scope.inside[part.id], body.nodes, depth + 1))
    return root, problems


def enter(prefix: str, block: Block, index: int = 0) -> str:
    """Write the prefix of the paths inside a block."""
    return f"{prefix}{block.id}." if block.repeat is None else f"{prefix}{block.id}.{index}."


def references(part: Part) -> list[str]:
    """List what feeds a node or block."""
    return list(part.inputs.values()) if isinstance(part.inputs, dict) else list(part.inputs)


def named(reference: str) -> str:
    """Say which part a reference speaks of: `lstm` for `lstm:state`."""
    return reference.partition(":")[0]


def _by_id(scope: Scope, parts: list[Part], problems: list[Problem]) -> dict[str, Part]:
    known: dict[str, Part] = {}
    for part in parts:
        path = scope.prefix + part.id
        if part.id in scope.inputs:
            problems.append(
                Problem(
                    node=path,
                    message=f"`{part.id}` is the name of an input already. Give it another one.",
                )
            )
        elif part.id in known:
            problems.append(
                Problem(
                    node=path,
                    message=f"There are two nodes called `{part.id}`. Rename one of them.",
                )
            )
        else:
            known[part.id] = part
        if part.id in RESERVED or keyword.iskeyword(part.id):
            message = f"`{part.id}` means something else in Python or PyTorch. Choose another name, such as `{part.id}_1`."
            problems.append(Problem(node=path, message=message))
    return known


def _check_references(scope: Scope, known: dict[str, Part], problems: list[Problem]) -> None:
    names = [*scope.inputs, *known]
    used: set[str] = set()
    readers = [(scope.prefix + part.id, references(part)) for part in known.values()]
    readers += [(scope.prefix + name, [reference]) for name, reference in scope.outputs.items()]
    for path, wanted in readers:
        for name in map(named, wanted):
            used.add(name)
            if name not in names:
                problems.append(
                    Problem(
                        node=path,
                        message=f"`{name}` is to feed this, but there is none.{_hint(name, names)}",
                    )
                )
    for name in names:
        if name not in used:
            what = "input" if name in scope.inputs else "node"
            message = f"Nothing uses this {what}: it does not take part in the result."
            problems.append(Problem(node=scope.prefix + name, message=message, severity="warning"))


def _wires(scope: Scope, node: Node, problems: list[Problem]) -> list[Wire]:
    """Match what feeds a node with the ports of its layer."""
    layer, path = node.layer, scope.prefix + node.id
    ports = layer.ports + layer.optional_ports
    if isinstance(node.inputs, dict):
        for port in node.inputs:
            if port not in ports:
                has = ", ".join(f"`{name}`" for name in ports)
                problems.append(
                    Problem(
                        node=path, message=f"{layer.kind} has no input `{port}`. It has: {has}."
                    )
                )
        wires = [(port, node.inputs.get(port)) for port in ports]
    else:
        given = node.inputs
        if layer.variadic:
            ports += ports[-1:] * (len(given) - len(ports))
        elif len(given) > len(ports):
            message = f"{layer.kind} takes {counted(len(ports), 'input', 'inputs')}, but {len(given)} are connected. "
            problems.append(
                Problem(node=path, message=message + "Join them before it by Add or Concat.")
            )
        wires = list(zip_longest(ports, given[: len(ports)]))
    for port in layer.ports:
        if (port, None) in wires:
            problems.append(
                Problem(node=path, message=f"The input `{port}` of {layer.kind} is not connected.")
            )
    return wires


def _check_block(scope: Scope, block: Block, problems: list[Problem]) -> None:
    path = scope.prefix + block.id
    for name in block.block.inputs:
        if name not in block.inputs:
            problems.append(
                Problem(node=path, message=f"The input `{name}` of this block is not connected.")
            )
    for name in block.inputs:
        if name not in block.block.inputs:
            hint = _hint(name, block.block.inputs)
            problems.append(Problem(node=path, message=f"This block has no input `{name}`.{hint}"))


def _hint(name: str, names: Iterable[str]) -> str:
    close = get_close_matches(name, names, n=1)
    return f" Did you mean `{close[0]}`?" if close else ""


def _ordered(scope: Scope, known: dict[str, Part], problems: list[Problem]) -> list[Part]:
    """Sort so that each part comes after what feeds it, else as written (Kahn's algorithm)."""
    feeders = {
        name: {n for n in map(named, references(part)) if n in known}
        for name, part in known.items()
    }
    readers: dict[str, list[str]] = {name: [] for name in known}
    for name, sources in feeders.items():
        for source in sources:
            readers[source].append(name)
    rank = {name: position for position, name in enumerate(known)}
    waiting = {name: len(sources) for name, sources in feeders.items()}
    ready = [(rank[name], name) for name, count in waiting.items() if not count]
    order: list[str] = []
    while ready:
        _, name = heapq.heappop(ready)
        order.append(name)
        for reader in readers[name]:
            waiting[reader] -= 1
            if not waiting[reader]:
                heapq.heappush(ready, (rank[reader], reader))
    stuck = {name: feeders[name] for name, count in waiting.items() if count}
    for circle in _circles(stuck):
        problems.append(Problem(node=scope.prefix + circle[0], message=_circle_message(circle)))
    return [known[name] for name in (*order, *stuck)]


def _circles(feeders: dict[str, set[str]]) -> list[list[str]]:
    """Find circles that share no node; every node given hangs behind at least one."""
    left = dict(feeders)
    found = []
    while left:
        trail: dict[str, None] = {}
        name = next(iter(left))
        while name not in trail:
            trail[name] = None
            # A node in `left` may hang behind a circle that was found: then its trail ends.
            onward = [source for source in feeders[name] if source in left]
            if not onward:
                break
            name = min(onward)
        else:
            steps = list(trail)
            found.append(steps[steps.index(name) :][::-1])
        for step in trail:
            left.pop(step, None)
    return found


def _circle_message(circle: list[str]) -> str:
    if len(circle) == 1:
        return f"`{circle[0]}` is fed by its own output: it would have to wait for itself. Remove that connection."
    way = " → ".join(f"`{name}`" for name in (*circle, circle[0]))
    return (
        f"{way} is a circle: each would have to wait for itself. Remove one of these connections."
    )
