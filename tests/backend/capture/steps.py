"""Runs, the documents of their steps, and what plain autograd makes of the same step."""

from functools import cache
from typing import Any

import pytest
import torch
from torch import Tensor

from neurarium.api.routes.presets import preset_job
from neurarium.capture.capture import capture_run
from neurarium.capture.document import Capture, Extent
from neurarium.capture.execute import Execution
from neurarium.training.device import reseed
from neurarium.training.engine.plain import Plain
from neurarium.training.job import Job
from neurarium.training.run import Run
from neurarium.training.seed import derive
from tests.backend.training.jobs import activation, document, graph, linear


def make(name: str, **changes: Any) -> Run:
    job = preset_job(name)
    assert job is not None
    return Run(job.model_copy(update={"device": "cpu", **changes}), fast=False)


@cache
def captured(name: str) -> Capture:
    """The document of a preset's minibatch: tracing takes long, and several tests look at the same."""
    return capture_run(make(name), "minibatch")


def given(run: Run, capture: Capture) -> dict[str, Tensor]:
    """Everything that the document reads, by name."""
    tensors = dict(run.network.named_parameters()) | dict(run.network.named_buffers())
    tensors |= run.stream.peek(capture.examples).tensors
    return {name: tensor.detach().clone() for name, tensor in tensors.items()}


def execute(run: Run, capture: Capture) -> Execution:
    execution = Execution(capture, given(run, capture))
    reseed(run.device, derive(run.job.seed, "dropout", run.step))
    execution.advance()
    return execution


def check(run: Run, extent: Extent) -> Capture:
    """Compare an executed document with the eager step, and return the document."""
    return check_document(run, capture_run(run, extent))


def check_document(run: Run, found: Capture) -> Capture:
    """Compare it, as it is after it has been sent, with the eager step of a run."""
    capture = Capture.model_validate_json(found.model_dump_json())
    execution = execute(run, capture)
    batch = run.stream.peek(capture.examples).tensors
    outcome = Plain(run.network, run.job).backward(batch, run.step)
    assert execution.loss.item() == pytest.approx(outcome.loss + outcome.penalty, abs=1e-6)
    ours = execution.gradients()
    for name, parameter in run.network.named_parameters():
        if parameter.grad is None:
            assert name not in ours
        else:
            torch.testing.assert_close(ours[name], parameter.grad, atol=1e-5, rtol=1e-5)
    return capture


def residual() -> Run:
    """A value that is read twice, so that gradients come together there; dropout, a penalty, a tied matrix."""
    nodes = [
        linear("first", 6, "x"),
        activation("bend", "Tanh", "first"),
        linear("again", 6, "bend"),
        linear("twin", 6, "again"),
        activation("drop", "Dropout", "twin", p=0.4),
        {"id": "sum", "layer": {"kind": "Add"}, "inputs": ["drop", "first"]},
        linear("output", 1, "sum"),
    ]
    document_ = document(
        graph={**graph(*nodes), "tied": [["again.weight", "twin.weight"]]},
        regulariser={"kind": "L2", "strength": 0.1},
    )
    return Run(Job.model_validate(document_), fast=False)


def transformer(blocks: int, width: int = 64) -> Run:
    """A Transformer that reads images row by row."""

    def node(name: str, kind: str, *inputs: str, **settings: Any) -> dict[str, Any]:
        return {"id": name, "layer": {"kind": kind, **settings}, "inputs": list(inputs)}

    body = [
        node("norm1", "LayerNorm", "x"),
        node("attention", "MultiheadAttention", *["norm1"] * 3, num_heads=4, causal=True),
        node("add1", "Add", "x", "attention"),
        node("norm2", "LayerNorm", "add1"),
        node("up", "Linear", "norm2", out_features=4 * width),
        node("bend", "GELU", "up"),
        node("down", "Linear", "bend", out_features=width),
        node("add2", "Add", "add1", "down"),
    ]
    lenet = preset_job("lenet5")
    assert lenet is not None
    (image,) = lenet.graph.inputs.values()
    _, rows, columns = image.shape
    nodes = [
        node(
            "rows",
            "Reshape",
            next(iter(lenet.graph.inputs)),
            shape=[rows, columns],
            axes=["T", "D"],
        ),
        node("embed", "Linear", "rows", out_features=width),
        {
            "id": "blocks",
            "repeat": blocks,
            "inputs": {"x": "embed"},
            "block": {"inputs": ["x"], "nodes": body, "outputs": {"x": "add2"}},
        },
        node("norm", "LayerNorm", "blocks"),
        node("mean", "Mean", "norm", axis=-2),
        node("output", "Linear", "mean", out_features=10),
    ]
    graph_ = {**lenet.graph.model_dump(mode="json"), "nodes": nodes, "outputs": {"y": "output"}}
    changed = {**lenet.model_dump(mode="json"), "graph": graph_, "device": "cpu"}
    return Run(Job.model_validate(changed | {"loss": {"kind": "CrossEntropy"}}), fast=False)
