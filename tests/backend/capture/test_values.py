"""What the document says of each operation and value: whose gradient, where, how much, kept or not."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from neurarium.capture import words
from neurarium.capture.capture import capture_run
from neurarium.capture.document import Capture
from neurarium.capture.execute import resolve
from neurarium.training.device import reseed
from neurarium.training.engine.plain import Plain
from neurarium.training.job import Job
from neurarium.training.run import Run
from neurarium.training.seed import derive
from tests.backend.capture.steps import check, execute, given, make, residual
from tests.backend.training.jobs import activation, document, graph, linear


def by_autograd(run: Run, capture: Capture) -> dict[str, Tensor]:
    """The gradient of every value forward, by autograd through the document's operations."""
    known = given(run, capture)
    values = {v.id: known[v.name] for v in capture.values if v.name in known}
    for value in capture.values:
        if value.role == "parameter":
            values[value.id].requires_grad_()
    reseed(run.device, derive(run.job.seed, "dropout", run.step))
    for operation in capture.forward:
        arguments = words.read(operation.arguments, values, run.device)
        keywords = words.read(list(operation.keywords.values()), values, run.device)
        result = resolve(operation.op)(
            *arguments, **dict(zip(operation.keywords, keywords, strict=True))
        )
        results = [result] if isinstance(result, Tensor) else result
        values |= {id_: r for id_, r in zip(operation.outputs, results, strict=True) if id_}
    differentiable = {id_: value for id_, value in values.items() if value.requires_grad}
    gradients = torch.autograd.grad(
        values[capture.loss], list(differentiable.values()), allow_unused=True
    )
    pairs = zip(differentiable, gradients, strict=True)
    return {id_: gradient for id_, gradient in pairs if gradient is not None}


@pytest.mark.parametrize(
    "build",
    [residual, lambda: make("mlp-circles"), lambda: make("lenet5")],
    ids=["sum", "mlp", "cnn"],
)
def test_every_value_has_its_whole_gradient(build: Callable[[], Run]) -> None:
    run = build()
    capture = check(run, "minibatch")
    execution = execute(run, capture)
    expected = by_autograd(run, capture)
    named_ = {value.id: value.gradient for value in capture.values if value.gradient}
    assert set(named_) == set(expected)
    for id_, gradient in named_.items():
        torch.testing.assert_close(execution.values[gradient], expected[id_])
    values = {value.id: value for value in capture.values}
    for value in capture.values:
        if value.role == "gradient":
            assert values[value.of].gradient == value.id


def test_every_operation_has_its_place() -> None:
    run = residual()
    capture = capture_run(run, "minibatch")
    paths = {node.id for node in run.job.graph.nodes}
    forward = {operation.id: operation for operation in capture.forward}
    assert {operation.node for operation in capture.forward} == paths | {""}
    assert {op.title for op in capture.forward if op.node == "bend"} == {"tanh"}
    assert {op.part for op in capture.forward if not op.node} == {"loss", "regulariser"}
    for operation in capture.backward:
        if operation.pair:
            pair = forward[operation.pair]
            assert (operation.node, operation.part) == (pair.node, pair.part)
        else:
            assert operation.title == "add"
    sums = {op.outputs[0] for op in capture.backward if not op.pair}
    assert {value.of for value in capture.values if value.id in sums} >= {
        "again.weight",
        next(
            op.outputs[-1] for op in capture.forward if op.title == "addmm" and op.node == "first"
        ),
    }
    known: set[str] = {
        v.id for v in capture.values if v.role not in ("forward", "gradient", "backward")
    }
    for operation in [*capture.forward, *capture.backward]:
        assert set(operation.inputs) <= known, "it is read before it is there"
        known |= set(operation.outputs)
    read = {id_ for operation in capture.backward for id_ in operation.inputs}
    assert {v.id for v in capture.values if v.saved} == {
        v.id for v in capture.values if v.id in read and v.role in ("input", "parameter", "forward")
    }
    (x,) = [value for value in capture.values if value.name == "x"]
    assert (x.axes, x.shape) == (["N", "D"], [16, 2])
    result = [
        v
        for op in capture.forward
        if op.node == "bend"
        for v in capture.values
        if v.id in op.outputs
    ]
    assert [value.axes for value in result] == [["N", "D"]]


def test_flops_are_those_of_torchs_counter() -> None:
    run = make("lenet5")
    capture = capture_run(run, "minibatch")
    plain, batch = Plain(run.network, run.job), run.stream.peek(capture.examples).tensors
    with FlopCounterMode(display=False) as counter:
        plain.backward(batch, 0)
    assert (
        sum(op.flops for op in [*capture.forward, *capture.backward]) == counter.get_total_flops()
    )


def test_blocks_fold_and_repeat() -> None:
    block = {
        "id": "blocks",
        "repeat": 3,
        "inputs": {"x": "x"},
        "block": {
            "inputs": ["x"],
            "nodes": [linear("fc", 2, "x"), activation("bend", "ReLU", "fc")],
            "outputs": {"x": "bend"},
        },
    }
    run = Run(
        Job.model_validate(document(graph=graph(block, linear("output", 1, "blocks")))), fast=False
    )
    capture = check(run, "minibatch")
    folds = {fold.path: fold for fold in capture.folds}
    assert (folds["blocks"].kind, folds["blocks"].repeat, folds["blocks"].parent) == (
        "Block",
        3,
        "",
    )
    assert (folds["blocks.1"].kind, folds["blocks.1"].parent) == ("Repetition", "blocks")
    assert (folds["blocks.1.bend"].kind, folds["blocks.1.bend"].parent) == ("ReLU", "blocks.1")
    assert {op.node for op in capture.forward if op.node} <= set(folds)
    places = {path: place for place, path in enumerate(folds)}
    assert all(not fold.parent or places[fold.parent] < places[fold.path] for fold in capture.folds)
