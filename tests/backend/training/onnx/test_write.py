"""Every network that can be built is written as ONNX, and ONNX Runtime answers as we do."""

import sys
from typing import Any

import numpy as np
import onnx
import pytest
import torch

from neurarium.training.onnx import NotInstalledError, OnnxError, require
from neurarium.training.onnx.read import read
from neurarium.training.onnx.write import write
from neurarium.training.run import Run
from neurarium_models.graph import Graph
from neurarium_models.network import Network, build_network
from neurarium_models.preset import PRESETS
from neurarium_models.tensor import features
from tests.backend.training.edits import convolved, deep, learned, residual
from tests.backend.training.jobs import dropping, make_job, take
from tests.backend.training.onnx.files import (
    answers,
    computed,
    job_for,
    preset_file,
    presets,
    without_ours,
)
from tests.models.samples import tensor

EXCEPTIONS = {
    "mlp-megapixel-paper": "its 3,000,001,000 parameters take 12 GB; it can be looked at, but neither built nor run",
}
"""Presets that are not written, and why."""
BAR = 1e-4


def written(graph: Graph, network: Network, file: bytes | None = None) -> float:
    """Write a network, read it again, and return how far ONNX Runtime's answers are from ours.

    Of answers beyond 1, as those of a Transformer of 37,000 words are, it is the share of the greatest: at 1,000 two
    neighbours in float32 already lie 0.00006 apart.
    """
    file = file or write(job_for(graph), network, 7)
    onnx.checker.check_model(onnx.load_model_from_string(file), full_check=True)
    inputs = {name: tensor(spec, batch=5) for name, spec in graph.inputs.items()}
    with torch.no_grad():
        ours = list(network(inputs).values())
    found = read(file)
    assert found.is_own
    assert found.graph == graph
    assert torch.equal(computed(found, *inputs.values()), ours[0])
    theirs = answers(file, **inputs)
    assert len(theirs) == len(ours)
    return max(
        float(np.abs(a - b.numpy()).max() / max(1.0, np.abs(a).max()))
        for a, b in zip(theirs, ours, strict=True)
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", presets(*EXCEPTIONS))
def test_runtime_answers_as_we_do_for_every_preset(name: str) -> None:
    graph = PRESETS[name].graph
    assert written(graph, build_network(graph, 3).eval(), preset_file(name)) <= BAR


def test_the_exceptions_are_presets_that_cannot_be_run() -> None:
    for name in EXCEPTIONS:
        assert PRESETS[name].job is None


@pytest.mark.slow
@pytest.mark.parametrize("document", [deep(6), residual(5), convolved(3, 4)])
def test_runtime_answers_as_we_do_for_trained_networks(document: dict[str, object]) -> None:
    """Normalisations with what they remember, residual paths, images."""
    network = learned(document).float()
    assert written(network.graph, network) <= BAR


@pytest.mark.bars  # torch's exporter takes seconds for what is written out place by place
def test_runtime_answers_as_we_do_for_networks_that_read_and_write_sentences() -> None:
    """Both ways, with padding in the middle; a decoder that looks at what was read."""
    inputs = {
        "source": features(3, axes="S", dtype="int64"),
        "source_mask": features(3, axes="S", dtype="bool"),
        "target": features(2, axes="T", dtype="int64"),
    }
    reader = {"input": "words", "key_padding_mask": "padding"}
    writer = {"input": "written", "memory": "reader", "key_padding_mask": "padding"}
    look = {"query": "writer", "key": "words", "value": "words", "key_padding_mask": "padding"}
    parts: list[tuple[str, dict[str, Any], Any]] = [
        ("padding", {"kind": "Not"}, ["source_mask"]),
        ("words", {"kind": "Embedding", "embedding_dim": 4}, ["source"]),
        ("reader", {"kind": "GRU", "hidden_size": 4, "bidirectional": True}, reader),
        ("written", {"kind": "Embedding", "embedding_dim": 4}, ["target"]),
        ("writer", {"kind": "AttentionGRU", "hidden_size": 8}, writer | {"h_0": "reader:state"}),
        ("look", {"kind": "MultiplicativeAttention"}, look),
        ("memory", {"kind": "LSTM", "hidden_size": 4}, ["look"]),
        ("output", {"kind": "Linear"}, ["memory:cell"]),
    ]
    document = {
        "inputs": {name: spec.model_dump() for name, spec in inputs.items()},
        "nodes": [{"id": id, "layer": layer, "inputs": given} for id, layer, given in parts],
        "outputs": {"y": "output", "state": "writer:state"},
    }
    graph = Graph.model_validate(document)
    assert written(graph, build_network(graph, 3).eval()) <= BAR


def test_another_network_is_seen() -> None:
    """The control: one weight less, and the answers are too far apart."""
    graph = PRESETS["mlp-circles"].graph
    network = build_network(graph, 3).eval()
    file = preset_file("mlp-circles")
    inputs = {"x": tensor(graph.inputs["x"])}
    with torch.no_grad():
        next(iter(network.parameters())).fill_(0.1)
        gap = np.abs(answers(file, **inputs)[0] - network(inputs)["y"].numpy()).max()
    assert gap > BAR


def test_operators_have_the_names_of_our_nodes() -> None:
    graph = PRESETS["lenet5-paper"].graph
    model = onnx.load_model_from_string(preset_file("lenet5-paper"))
    paths = [node.id for node in graph.nodes]
    names = [node.name for node in model.graph.node]
    assert len(set(names)) == len(names)
    assert list(dict.fromkeys(name.partition("/")[0] for name in names)) == paths
    assert {tensor.name for tensor in model.graph.initializer} >= set(
        build_network(graph, device="meta").state_dict()
    )
    assert [value.name for value in model.graph.input] == list(graph.inputs)
    assert [value.name for value in model.graph.output] == list(graph.outputs)
    assert model.graph.input[0].type.tensor_type.shape.dim[0].dim_param == "batch"
    said = {entry.key: entry.value for entry in model.metadata_props}
    assert said["neurarium.title"] == "lenet5-paper"
    assert Graph.model_validate_json(said["neurarium.graph"]) == graph
    assert said["neurarium.step"] == "7"


def test_nothing_of_this_machine_is_in_the_file() -> None:
    file = preset_file("mlp-circles")
    assert sys.prefix.encode() not in file
    assert b".py" not in file


def test_repeated_blocks_keep_their_paths() -> None:
    inside = {"id": "dense", "layer": {"kind": "Linear", "out_features": 3}, "inputs": ["h"]}
    body = {"inputs": ["h"], "nodes": [inside], "outputs": {"h": "dense"}}
    block = {"id": "blocks", "block": body, "repeat": 3, "inputs": {"h": "x"}}
    graph = Graph.model_validate(
        {
            "inputs": {"x": {"axes": ["D"], "shape": [3]}},
            "nodes": [block],
            "outputs": {"y": "blocks"},
        }
    )
    network = build_network(graph, 1).eval()
    assert written(graph, network) <= BAR
    model = onnx.load_model_from_string(write(job_for(graph), network, 0))
    assert [node.name for node in model.graph.node] == [f"blocks.{n}.dense" for n in range(3)]


@pytest.mark.slow
def test_a_run_in_float64_is_written_in_float32_and_goes_on() -> None:
    run = Run(make_job(graph=dropping(), precision="float64"))
    take(run, 5)
    before = run.state().digest()
    file = write(run.job, run.network, run.step)
    assert run.state().digest() == before
    x = torch.randn(6, 2)
    run.network.eval()
    with torch.no_grad():
        ours = run.network({"x": x.double()})["y"].numpy()
    assert np.abs(answers(file, x=x)[0] - ours).max() <= BAR
    assert read(file).job == run.job


def test_without_the_packages_a_sentence_says_how_to_install_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    require()
    for missing in ("onnx", "onnxscript"):
        with monkeypatch.context() as context:
            context.setitem(sys.modules, missing, None)
            with pytest.raises(NotInstalledError, match=r"pip install 'neurarium\[onnx\]'"):
                require()


def test_operators_that_were_changed_since_count_more_than_what_is_said_beside_them() -> None:
    file = preset_file("mlp-circles")
    model = onnx.load_model_from_string(file)
    model.graph.node[1].op_type = "Relu"
    found = read(model.SerializeToString())
    assert not found.is_own
    assert [node.layer.kind for node in found.graph.nodes if hasattr(node, "layer")][1] == "ReLU"
    assert read(file).is_own
    assert not read(without_ours(file)).is_own


def test_what_is_said_beside_the_operators_may_be_nonsense() -> None:
    graph = PRESETS["mlp-circles"].graph
    file = preset_file("mlp-circles")
    for key, value in (
        ("neurarium.graph", "{}"),
        ("neurarium.graph", "[" * 100_000),
        ("neurarium.operators", ""),
    ):
        model = onnx.load_model_from_string(file)
        next(entry for entry in model.metadata_props if entry.key == key).value = value
        found = read(model.SerializeToString())
        assert (found.is_own, found.graph) == (False, graph)
    model = onnx.load_model_from_string(file)
    next(
        entry for entry in model.metadata_props if entry.key == "neurarium.job"
    ).value = '{"steps": -1}'
    found = read(model.SerializeToString())
    assert (found.is_own, found.job) == (True, None)


def test_a_network_that_torch_cannot_write_is_refused_by_a_sentence() -> None:
    network = build_network(PRESETS["mlp-circles"].graph)

    def forward(_: object) -> None:
        raise RuntimeError("no way")

    job = job_for(network.graph)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Network, "forward", lambda _, inputs: forward(inputs))
        with pytest.raises(OnnxError, match="torch cannot write this network as ONNX"):
            write(job, network, 0)
