"""Small things that many tests need: tensors for a description, graphs in few words."""

from typing import Any

import torch
from torch import Tensor

from neurarium_models.graph import Graph
from neurarium_models.tensor import TensorSpec

TYPES = {"float32": torch.float32, "int64": torch.int64, "bool": torch.bool}


def tensor(spec: TensorSpec, *, batch: int = 3, device: str = "cpu", seed: int = 0) -> Tensor:
    """Draw a batch for a description; whole numbers are 0 to 3, masks have their first place true."""
    if device == "meta":
        return torch.empty(batch, *spec.shape, dtype=TYPES[spec.dtype], device="meta")
    generator = torch.Generator().manual_seed(seed)
    drawn = torch.randn(batch, *spec.shape, generator=generator)
    if spec.dtype == "bool":
        mask = drawn > 0
        mask[:, :1] = True
        return mask
    return drawn.abs().clamp(max=3).long() if spec.dtype == "int64" else drawn


def node(id: str, kind: str, *inputs: str, **settings: Any) -> dict[str, Any]:
    """Write one node of a graph document."""
    return {"id": id, "layer": {"kind": kind, **settings}, "inputs": list(inputs)}


def block(
    id: str,
    nodes: list[dict[str, Any]],
    *,
    inputs: dict[str, str],
    outputs: dict[str, str],
    repeat: int | None = None,
) -> dict[str, Any]:
    """Write one block of a graph document."""
    body = {"inputs": list(inputs), "nodes": nodes, "outputs": outputs}
    return {"id": id, "block": body, "inputs": inputs, "repeat": repeat}


def graph(
    nodes: list[dict[str, Any]],
    *,
    x: tuple[int, ...] = (2,),
    axes: str = "D",
    outputs: dict[str, str] | None = None,
    **more: Any,
) -> Graph:
    """Write a graph with the input `x` and, unless said otherwise, its last node as the output `y`."""
    document = {
        "inputs": {"x": {"axes": list(axes), "shape": x}},
        "nodes": nodes,
        "outputs": outputs or {"y": nodes[-1]["id"]},
    }
    return Graph.model_validate(document | more)
