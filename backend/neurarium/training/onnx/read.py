"""An ONNX file as a network with its weights: by its own description where that is ours, else by its operators."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save

from neurarium.training.job import Job
from neurarium.training.onnx import OnnxError, own, require
from neurarium.training.onnx.draft import Draft
from neurarium.training.onnx.mapping import map_operators
from neurarium_models.graph import Graph
from neurarium_models.network import build_network

if TYPE_CHECKING:
    from onnx import GraphProto, ModelProto

MAXIMUM_OPERATORS = 2_000
OLDEST, NEWEST = 9, 27
"""Versions of ONNX's operators that are read."""


@dataclass(frozen=True)
class Imported:
    """A network from a file."""

    title: str
    graph: Graph
    job: Job | None
    """How it was trained, if the file says so."""
    is_own: bool
    """Whether the file is ours, and its operators are those that were written."""
    weights: bytes
    """All that was learned, as safetensors, by the paths of the graph."""


def read(document: bytes) -> Imported:
    """Read a file; OnnxError says what cannot be represented, and where. Nothing beside the bytes is opened."""
    require()
    model = _parsed(document)
    _check(model)
    title = own.entries(model).get(own.TITLE, "") or model.graph.name or model.doc_string
    graph = own.graph_of(model)
    tensors = None if graph is None else _own_tensors(model, graph)
    if graph is None or tensors is None:
        draft = Draft(model)
        map_operators(draft)
        graph, tensors = draft.graph(), draft.tensors
        return Imported(title[:80], graph, None, False, save(tensors))
    job = own.job_of(model)
    return Imported(title[:80], graph, job, True, save(tensors))


def _parsed(document: bytes) -> "ModelProto":
    import onnx
    from google.protobuf.message import DecodeError

    model = onnx.ModelProto()
    try:
        model.ParseFromString(document)
    except (DecodeError, RecursionError, MemoryError) as problem:
        raise OnnxError("These bytes are not an ONNX file, or not all of one.") from problem
    if not model.HasField("graph") or not model.graph.node:
        raise OnnxError("This is not an ONNX file: it has no network in it.")
    return model


def _check(model: "ModelProto") -> None:
    """Raise OnnxError for what is not read at all."""
    graph = model.graph
    if len(graph.node) > MAXIMUM_OPERATORS:
        raise OnnxError(
            f"This file has {len(graph.node):,} operators; at most {MAXIMUM_OPERATORS:,} are read."
        )
    if model.functions:
        raise OnnxError(
            f"This file defines {len(model.functions)} operators of its own. Write it with these inlined."
        )
    if graph.sparse_initializer:
        raise OnnxError("This file has sparse tensors. Write it with dense ones.")
    version = next(
        (each.version for each in model.opset_import if each.domain in ("", "ai.onnx")), 0
    )
    if not OLDEST <= version <= NEWEST:
        raise OnnxError(
            f"This file speaks version {version} of ONNX's operators; {OLDEST} to {NEWEST} are read."
        )
    if not all(isinstance(name, str) for name in _names(model)):
        raise OnnxError("A name in this file is not text.")
    _check_places(graph)


def _names(model: "ModelProto") -> Iterator[Any]:
    """Walk through all that is text; what is none comes as bytes."""
    graph = model.graph
    yield from (model.doc_string, graph.name)
    for node in graph.node:
        yield from (node.op_type, node.name, node.domain, *node.input, *node.output)
        yield from (attribute.name for attribute in node.attribute)
    for named in (*graph.initializer, *graph.input, *graph.output):
        yield named.name
    for entry in model.metadata_props:
        yield from (entry.key, entry.value)


def _check_places(graph: "GraphProto") -> None:
    """Raise OnnxError if a tensor lies in another file: none but this one is opened."""
    from onnx import TensorProto

    constants = (attribute.t for node in graph.node for attribute in node.attribute)
    for tensor in (*graph.initializer, *constants):
        if tensor.data_location == TensorProto.EXTERNAL or tensor.external_data:
            raise OnnxError(
                "The weights of this network lie in another file beside it. Write it as one file."
            )


def _own_tensors(model: "ModelProto", graph: Graph) -> dict[str, NDArray[Any]] | None:
    """Find all that a network of ours has learned; None if it is not all there."""
    from onnx import numpy_helper

    known = {tensor.name: tensor for tensor in model.graph.initializer}
    found: dict[str, NDArray[Any]] = {}
    for name, value in build_network(graph, device="meta").state_dict().items():
        if name not in known or tuple(known[name].dims) != tuple(value.shape):
            return None
        try:
            array = numpy_helper.to_array(known[name])
        except (ValueError, TypeError):
            return None
        dtype = np.float32 if value.is_floating_point() else np.int64
        found[name] = np.asarray(array, dtype, order="C")
    return found
