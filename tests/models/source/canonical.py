"""One of the many documents of a network: what must be equal when two documents mean the same."""

from typing import Any

from neurarium_models.graph import Block, Graph, Node

Part = Node | Block


def canonical(graph: Graph) -> dict[str, Any]:
    """Write down nodes, settings, wires and names; the order on paper and ways of saying the same are left out."""
    return {
        "inputs": {name: spec.model_dump() for name, spec in graph.inputs.items()},
        "tied": sorted(graph.tied),
        **_body(list(graph.nodes), graph.outputs),
    }


def _body(parts: list[Part], outputs: dict[str, str]) -> dict[str, Any]:
    first = {part.id: next(iter(_ports(part))) for part in parts}

    def source(reference: str) -> tuple[str, str]:
        name, _, port = reference.partition(":")
        return name, port or first.get(name, "")

    nodes: dict[str, Any] = {}
    for part in parts:
        if isinstance(part, Block):
            body = _body(list(part.block.nodes), part.block.outputs)
            wires = {name: source(reference) for name, reference in part.inputs.items()}
            nodes[part.id] = (part.repeat, sorted(part.block.inputs), wires, body)
            continue
        given = part.inputs
        if not isinstance(given, dict):
            ports = part.layer.ports + part.layer.optional_ports
            given = (
                {f"{number}": r for number, r in enumerate(given)}
                if part.layer.variadic
                else dict(zip(ports, given, strict=False))
            )
        elif part.layer.variadic:
            given = {f"{number}": r for number, r in enumerate(given.values())}
        wires = {port: source(reference) for port, reference in given.items()}
        nodes[part.id] = (part.layer.model_dump(), wires)
    assert len(nodes) == len(parts)
    return {"nodes": nodes, "outputs": {name: source(r) for name, r in outputs.items()}}


def _ports(part: Part) -> list[str]:
    return list(part.block.outputs) if isinstance(part, Block) else ["output"]
