"""Who feeds whom: the connections of a graph, checked and put in order, level by level.

Nothing here recurses over what a user wrote, and nothing raises: what is wrong becomes a Problem.
"""

import keyword
from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import zip_longest

from neurarium_models.graph import Block, Graph, Node
from neurarium_models.layer import counted
from neurarium_models.order import in_order
from neurarium_models.problem import Problems

MAXIMUM_DEPTH = 32
MAXIMUM_NODES = 512

RESERVED = frozenset(
    """T_destination add_module apply bfloat16 buffers call_super_init children compile cpu cuda
    double dump_patches eval extra_repr float forward get_buffer get_extra_state get_parameter
    get_submodule graph half instead ipu load_state_dict modules mtia named_buffers named_children
    named_modules named_parameters parameters places register_backward_hook register_buffer
    register_forward_hook register_forward_pre_hook register_full_backward_hook
    register_full_backward_pre_hook register_load_state_dict_post_hook
    register_load_state_dict_pre_hook register_module register_parameter
    register_state_dict_post_hook register_state_dict_pre_hook requires_grad_ rewire set_extra_state
    set_submodule share_memory state_dict tapped to to_empty train training type xpu
    zero_grad""".split()  # noqa: SIM905, a list would take sixty lines
)
"""What a network has already as a torch module: no node may be called so, as it becomes a member of one."""

Part = Node | Block
Wire = tuple[str, str | None]
"""A port of a layer and what feeds it, None where nothing does."""


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
    """What each node is connected to, by its id, in the order in which its layer takes its inputs."""
    inside: dict[str, "Scope"] = field(default_factory=dict)
    """The inside of each block, by the block's id."""


def wire(graph: Graph, problems: Problems) -> Scope:
    """Put all parts in order, and note what is wrong with their connections."""
    root = Scope("", graph.inputs, graph.outputs)
    pending: list[tuple[Scope, list[Part], int]] = [(root, graph.nodes, 1)]
    nodes = 0
    while pending:
        scope, parts, depth = pending.pop()
        nodes += len(parts)
        if depth > MAXIMUM_DEPTH:
            problems.add(
                "", f"Blocks are nested deeper than {MAXIMUM_DEPTH} levels, which is the limit."
            )
            return Scope("", graph.inputs, {})
        if nodes > MAXIMUM_NODES:
            message = f"There are more than {MAXIMUM_NODES} nodes, which is the limit. Repeat a block instead."
            problems.add("", message)
            return Scope("", graph.inputs, {})
        known = _by_id(scope, parts, problems)
        _check_references(scope, known, problems)
        scope.order = _ordered(scope, known, problems)
        for part in scope.order:
            if isinstance(part, Node):
                scope.wires[part.id] = _wires(part, scope.prefix + part.id, problems)
                continue
            _check_block(part, scope.prefix + part.id, problems)
            body = part.block
            scope.inside[part.id] = Scope(enter(scope.prefix, part), body.inputs, body.outputs)
            pending.append((scope.inside[part.id], body.nodes, depth + 1))
    return root


def enter(prefix: str, block: Block, index: int = 0) -> str:
    """Write the prefix of the paths inside a block."""
    return f"{prefix}{block.id}." if block.repeat is None else f"{prefix}{block.id}.{index}."


def _references(part: Part) -> list[str]:
    return list(part.inputs.values()) if isinstance(part.inputs, dict) else part.inputs


def _named(reference: str) -> str:
    """Say which part a reference speaks of: `lstm` for `lstm:state`."""
    return reference.partition(":")[0]


def _by_id(scope: Scope, parts: list[Part], problems: Problems) -> dict[str, Part]:
    known: dict[str, Part] = {}
    for part in parts:
        path = scope.prefix + part.id
        if part.id in scope.inputs:
            problems.add(
                path, f"`{part.id}` is the name of an input already. Give this another one."
            )
        elif part.id in known:
            problems.add(path, f"There are two nodes called `{part.id}`. Rename one of them.")
        else:
            known[part.id] = part
        if part.id in RESERVED or keyword.iskeyword(part.id):
            message = f"`{part.id}` means something else in Python or PyTorch. Call it `{part.id}_1`, say."
            problems.add(path, message)
    return known


def _check_references(scope: Scope, known: dict[str, Part], problems: Problems) -> None:
    names = [*scope.inputs, *known]
    readers = [(part.id, _references(part)) for part in known.values()]
    readers += [(name, [reference]) for name, reference in scope.outputs.items()]
    used: set[str] = set()
    for reader, references in readers:
        for name in map(_named, references):
            used.add(name)
            if name not in names:
                message = f"This is to be fed by `{name}`, but there is none.{_hint(name, names)}"
                problems.add(scope.prefix + reader, message)
    for name in names:
        if name not in used:
            what = "input" if name in scope.inputs else "node"
            message = f"Nothing uses this {what}: it does not take part in the result."
            problems.warn(scope.prefix + name, message)


def _wires(node: Node, path: str, problems: Problems) -> list[Wire]:
    """Match what feeds a node with the ports of its layer."""
    layer, given = node.layer, node.inputs
    ports = layer.ports + layer.optional_ports
    if isinstance(given, dict):
        for port in given:
            if port not in ports:
                problems.add(path, f"{layer.kind} has no input `{port}`. It has: {_quoted(ports)}.")
        wires = [(port, given.get(port)) for port in ports]
    else:
        if layer.variadic:
            ports += ports[-1:] * (len(given) - len(ports))
        elif len(given) > len(ports):
            takes = counted(len(ports), "input", "inputs")
            message = f"{layer.kind} takes {takes}, but {len(given)} are connected. Join them by Add or Concat."
            problems.add(path, message)
        wires = list(zip_longest(ports, given[: len(ports)]))
    for port in layer.ports:
        if (port, None) in wires:
            problems.add(path, f"The input `{port}` of {layer.kind} is not connected.")
    return wires


def _check_block(block: Block, path: str, problems: Problems) -> None:
    names = block.block.inputs
    for name in names:
        if name not in block.inputs:
            problems.add(path, f"The input `{name}` of this block is not connected.")
    for name in block.inputs:
        if name not in names:
            problems.add(path, f"This block has no input `{name}`.{_hint(name, names)}")


def _ordered(scope: Scope, known: dict[str, Part], problems: Problems) -> list[Part]:
    needs = {
        name: set(map(_named, _references(part))).intersection(known)
        for name, part in known.items()
    }
    order, circles = in_order(needs)
    for circle in circles:
        if len(circle) == 1:
            message = f"`{circle[0]}` is fed by its own output and would wait for itself. Remove that connection."
        else:
            way = " → ".join(f"`{name}`" for name in (*circle, circle[0]))
            message = (
                f"{way} is a circle: each would wait for itself. Remove one of these connections."
            )
        problems.add(scope.prefix + circle[0], message)
    return [known[name] for name in order]


def _hint(name: str, names: Iterable[str]) -> str:
    close = get_close_matches(name, names, n=1)
    return f" Did you mean `{close[0]}`?" if close else ""


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
