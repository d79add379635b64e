"""A network as ONNX: torch's own exporter, then the names of our nodes, and our documents beside the operators."""

import logging
import re
import warnings
from collections import Counter
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn
from torch.export import Dim

from neurarium.training.job import Job
from neurarium.training.onnx import OnnxError, require
from neurarium.training.onnx.own import DIGEST, GRAPH, JOB, STEP, TITLE, digest
from neurarium_models.modules import SteppingConv2d
from neurarium_models.network import Network, build_network
from neurarium_models.tensor import TensorSpec

if TYPE_CHECKING:
    from onnx import ModelProto
    from onnx_ir import Model

SCOPES = "pkg.torch.onnx.name_scopes"
"""Where torch writes in which modules an operator was met."""
DTYPES = {"float32": torch.float32, "int64": torch.int64, "bool": torch.bool}
BATCH = 2
"""Examples in the traced batch; torch takes 1 for a size that never changes."""


def write(job: Job, network: Network, step: int) -> bytes:
    """Write a network as it is now, for any number of examples, in float32; OnnxError says why it cannot be done."""
    require()
    model = _exported(_copy(network))
    _name(model, network)
    _complete(model, network)
    _sign(model, job, step)
    document: bytes = model.SerializeToString()
    return document


def _copy(network: Network) -> Network:
    copy = build_network(network.graph)
    copy.load_state_dict(network.state_dict())
    for module in copy.modules():
        if isinstance(
            module, SteppingConv2d
        ):  # what it goes round is torch's way back; a file has one operator
            module.__class__ = nn.Conv2d  # type: ignore[assignment]  # the plain one, with the same weights
    return copy.float().eval()


def _exported(network: Network) -> "ModelProto":
    inputs = {name: _example(spec) for name, spec in network.graph.inputs.items()}
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)  # that torchvision is not there
    _keep_operators()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            program = torch.onnx.export(
                network,
                (),
                kwargs={"inputs": inputs},
                input_names=list(inputs),
                output_names=list(network.graph.outputs),
                dynamic_shapes={"inputs": {name: {0: Dim("batch")} for name in inputs}},
                dynamo=True,
                optimize=False,
                verbose=False,
            )
    except Exception as problem:
        reason = str(problem.__cause__ or problem).strip().partition("\n")[0][:300]
        raise OnnxError(f"torch cannot write this network as ONNX: {reason}") from problem
    if program is None:
        raise OnnxError("torch has written no ONNX file.")
    _tidy(program.model)
    return program.model_proto


@cache
def _keep_operators() -> None:
    """Let torch look up how its operators are written once in a process: anew for each file, that takes half the time.

    Where another version of torch keeps them elsewhere, it goes on as it does.
    """
    with suppress(ImportError, AttributeError):
        from torch.onnx._internal.exporter import _registration

        registry: Any = _registration.ONNXRegistry
        registry.from_torchlib = staticmethod(cache(registry.from_torchlib))


def _tidy(model: "Model") -> None:
    """Work out what depends on no input. Nodes are not melted into one: each is to be found again in the file."""
    from onnx_ir.passes import common
    from onnxscript import optimizer, rewriter
    from onnxscript.rewriter.rules.common import materialize_reshape_shape_rule

    optimizer.fold_constants_ir(model)
    rewriter.rewrite(model, pattern_rewrite_rules=[materialize_reshape_shape_rule])
    common.RemoveUnusedNodesPass()(model)
    common.LiftConstantsToInitializersPass(lift_all_constants=True, size_limit=0)(model)


def _example(spec: TensorSpec) -> torch.Tensor:
    return torch.zeros(BATCH, *spec.shape, dtype=DTYPES[spec.dtype])


def _name(model: "ModelProto", network: Network) -> None:
    """Call operators as the nodes that they belong to; what torch says of files on this machine goes."""
    paths = {place.path for place in network.places}
    owners = _owners(model, paths)
    counts, numbers = Counter(owners), Counter[str]()
    for node, owner in zip(model.graph.node, owners, strict=True):
        name = owner if owner and counts[owner] == 1 else f"{owner}/{node.op_type}".lstrip("/")
        numbers[name] += 1
        node.name = name if numbers[name] == 1 else f"{name}_{numbers[name]}"
        _strip(node)
    for value in (*model.graph.value_info, *model.graph.input, *model.graph.output):
        _strip(value)
    for tensor in model.graph.initializer:
        _strip(tensor)
    _strip(model.graph)


def _owners(model: "ModelProto", paths: set[str]) -> list[str]:
    """Find the node of ours that each operator belongs to; one that nobody has claimed, to that which reads it."""
    readers: dict[str, str] = {}
    found = []
    for node in reversed(model.graph.node):
        owner = _owner(_property(node, SCOPES), paths)
        owner = owner or next((readers[name] for name in node.output if name in readers), "")
        readers |= dict.fromkeys(node.input, owner)
        found.append(owner)
    return found[::-1]


def _owner(scopes: str, paths: set[str]) -> str:
    found = [scope for scope in re.findall(r"'([^']*)'", scopes) if scope in paths]
    return found[-1] if found else ""


def _property(holder: Any, key: str) -> str:
    return next((entry.value for entry in holder.metadata_props if entry.key == key), "")


def _strip(holder: Any) -> None:
    holder.doc_string = ""
    del holder.metadata_props[:]


def _complete(model: "ModelProto", network: Network) -> None:
    """Add the parameters that the exporter has worked into others: all of ours are there by their names."""
    from onnx import numpy_helper

    known = {tensor.name for tensor in model.graph.initializer}
    for name, value in network.state_dict().items():
        if name not in known:
            dtype = torch.float32 if value.is_floating_point() else value.dtype
            array = np.asarray(value.detach().cpu().to(dtype).numpy(), order="C")
            model.graph.initializer.append(numpy_helper.from_array(array, name))


def _sign(model: "ModelProto", job: Job, step: int) -> None:
    """Lay our documents beside the operators, and note which operators they belong to."""
    model.producer_name, model.graph.name = "neurarium", "network"
    model.doc_string = job.title
    entries = {
        TITLE: job.title,
        GRAPH: job.graph.model_dump_json(),
        JOB: job.model_dump_json(),
        STEP: str(step),
        DIGEST: digest(model, job.graph),
    }
    for key, value in entries.items():
        entry = model.metadata_props.add()
        entry.key, entry.value = key, value
