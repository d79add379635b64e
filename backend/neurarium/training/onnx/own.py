"""What an ONNX file of ours says of itself: its graph, its job, and by which operators they are meant.

Another program may have changed the operators since and have left our documents as they were. Then the two no longer
belong together, and the operators count.
"""

import hashlib
from typing import TYPE_CHECKING

from pydantic import ValidationError

from neurarium.training.job import Job
from neurarium_models.graph import Graph
from neurarium_models.inspect import inspect
from neurarium_models.network import build_network

if TYPE_CHECKING:
    from onnx import ModelProto

TITLE, GRAPH, JOB = "neurarium.title", "neurarium.graph", "neurarium.job"
STEP, DIGEST = "neurarium.step", "neurarium.operators"
LARGEST_ENTRY = 2**20
"""Characters of a document in an ONNX file that is read."""


def digest(model: "ModelProto", graph: Graph) -> str:
    """SHA-256 over the operators, how they are connected, and all numbers that are no parameters of ours."""
    ours = names(graph)
    found = hashlib.sha256()
    for node in model.graph.node:
        said = (node.domain, node.op_type, *node.input, "->", *node.output)
        found.update("\0".join(said).encode() + b"\n")
        for attribute in sorted(node.attribute, key=lambda each: each.name):
            found.update(attribute.SerializeToString(deterministic=True))
    for value in (*model.graph.input, *model.graph.output):
        found.update(value.SerializeToString(deterministic=True))
    for tensor in model.graph.initializer:
        found.update(f"{tensor.name} {tensor.data_type} {list(tensor.dims)}\n".encode())
        if tensor.name not in ours:
            found.update(tensor.SerializeToString(deterministic=True))
    return found.hexdigest()


def names(graph: Graph) -> frozenset[str]:
    """Name all that a file of weights of this network holds."""
    return frozenset(build_network(graph, device="meta").state_dict())


def graph_of(model: "ModelProto") -> Graph | None:
    """Read the graph that a file says it is; None if it says none, or its operators are others by now."""
    said = entries(model)
    try:
        graph = Graph.model_validate_json(said.get(GRAPH, ""))
    except ValidationError:
        return None
    if inspect(graph).errors or said.get(DIGEST) != digest(model, graph):
        return None
    return graph


def job_of(model: "ModelProto") -> Job | None:
    """Read how the network was trained; None if the file does not say it."""
    try:
        return Job.model_validate_json(entries(model).get(JOB, ""))
    except ValidationError:
        return None


def entries(model: "ModelProto") -> dict[str, str]:
    """Read what stands beside the operators."""
    return {
        entry.key: entry.value
        for entry in model.metadata_props
        if len(entry.value) <= LARGEST_ENTRY
    }
