"""ONNX files for the tests: ours, those that torch writes of plain modules, and some made by hand."""

import logging
import warnings
from functools import cache
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from _pytest.mark.structures import ParameterSet
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, helper, numpy_helper
from safetensors.torch import load
from torch import Tensor, nn

from neurarium.training.job import Job
from neurarium.training.onnx.read import Imported
from neurarium.training.onnx.write import write
from neurarium_models.graph import Graph
from neurarium_models.inspect import inspect
from neurarium_models.network import Network, build_network
from neurarium_models.preset import PRESETS
from tests.backend.training.jobs import document

Array = NDArray[Any]
OPERATOR = helper.make_node
MANY = 1_000_000
"""Parameters of a network that takes seconds to write, and hundreds of megabytes."""
WORDS = [
    name for name in PRESETS if not {"source", "target"}.isdisjoint(PRESETS[name].graph.inputs)
]
"""Presets that read or say words."""
onnxruntime.set_default_logger_severity(3)  # it warns of parameters that other tensors were made of


def job_for(graph: Graph, title: str = "a network") -> Job:
    """A job around a graph; the data are never drawn."""
    return Job.model_validate(document() | {"graph": graph.model_dump(mode="json"), "title": title})


def presets(*left_out: str, layers: int = 1000) -> list[ParameterSet]:
    """All presets but some by name; those of millions of parameters, or more layers, are for `make bars`.

    So are those that are unrolled word by word.
    """
    known = {name: inspect(preset.graph) for name, preset in PRESETS.items()}
    large = {name: each.parameters > MANY or each.layers > layers for name, each in known.items()}
    return [
        pytest.param(name, marks=[pytest.mark.bars] if large[name] or name in WORDS else [])
        for name in PRESETS
        if name not in left_out
    ]


@cache
def preset_file(name: str) -> bytes:
    """A preset as ONNX, written once for all tests that read it."""
    graph = PRESETS[name].graph
    return write(job_for(graph, name), build_network(graph, 3), 7)


def answers(file: bytes, **inputs: Tensor) -> list[Array]:
    """What ONNX Runtime makes of a file."""
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    given = {name: value.numpy() for name, value in inputs.items()}
    found: list[Array] = session.run(None, given)
    return found


def network_of(found: Imported) -> Network:
    """The network that was read, with its weights: every one of them, and no other."""
    network = build_network(found.graph, 9).eval()
    network.load_state_dict(load(found.weights))
    return network


def computed(found: Imported, *inputs: Tensor) -> Tensor:
    """What the network that was read makes of inputs, in their order."""
    with torch.no_grad():
        outputs = network_of(found)(dict(zip(found.graph.inputs, inputs, strict=True)))
    answer: Tensor = next(iter(outputs.values()))
    return answer


def without_ours(file: bytes) -> bytes:
    """The same file without what we say beside the operators."""
    model = onnx.load_model_from_string(file)
    del model.metadata_props[:]
    written: bytes = model.SerializeToString()
    return written


def torch_file(module: nn.Module, x: Tensor) -> bytes:
    """What torch writes of a plain module, for any number of examples."""
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            module.eval(),
            (x,),
            dynamo=True,
            dynamic_shapes=({0: torch.export.Dim("batch")},),
            verbose=False,
        )
    assert program is not None
    file: bytes = program.model_proto.SerializeToString()
    return file


def made(
    *nodes: NodeProto,
    x: tuple[int | str, ...] = ("batch", 4),
    tensors: dict[str, Array] | None = None,
    kind: int = onnx.TensorProto.FLOAT,
    opset: int = 20,
) -> ModelProto:
    """A file made by hand: from `x` to what the last node makes."""
    last = nodes[-1].output[0]
    graph = helper.make_graph(
        list(nodes),
        "by hand",
        [helper.make_tensor_value_info("x", kind, list(x))],
        [helper.make_tensor_value_info(last, onnx.TensorProto.FLOAT, None)],
        [numpy_helper.from_array(value, name) for name, value in (tensors or {}).items()],
    )
    imports = [helper.make_opsetid("", opset)]
    return helper.make_model(graph, opset_imports=imports, ir_version=9)


def draw(*shape: int, seed: int = 0) -> Array:
    """Some numbers."""
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)
