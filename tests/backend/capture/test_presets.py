"""The document of a step is the step: executed operation by operation, it gives what plain autograd gives."""

from collections import Counter
from typing import Any

import pytest
from torch.utils._python_dispatch import TorchDispatchMode

from neurarium.capture.step import in_training
from neurarium.training.engine.plain import Plain
from neurarium.training.evaluation import total
from neurarium.training.run import Run
from neurarium_models.preset import PRESETS
from tests.backend.capture.steps import captured, check, check_document, make
from tests.backend.probes.runs import chain, graph, make_job, node

POCKET = [name for name in PRESETS if PRESETS[name].job and PRESETS[name].size == "pocket"]
WORDS = [name for name in POCKET if not {"source", "target"}.isdisjoint(PRESETS[name].graph.inputs)]
LARGE = [*{"alexnet", "inception", "resnet", "vgg", *WORDS} - {"recall-rnn"}]
"""Tracing these takes seconds: they are among the long measurements."""
TRIED = [pytest.param(name, marks=[pytest.mark.bars] if name in LARGE else []) for name in POCKET]


@pytest.mark.slow
@pytest.mark.parametrize("name", TRIED)
def test_every_preset_is_its_document(name: str) -> None:
    check_document(make(name), captured(name))


@pytest.mark.parametrize("name", ["mlp-circles", "lenet5"])
def test_one_example_alone_too(name: str) -> None:
    assert check(make(name), "example").examples == 1


@pytest.mark.parametrize("loss", ["SquaredError", "Perceptron"])
def test_several_classes_as_signs_too(loss: str) -> None:
    """What torch tests of the classes on its way is no operation of the step."""
    four = {"kind": "Gaussians", "classes": 4, "samples": 60}
    job = make_job(engine="plain", graph=chain(2, 4), dataset=four, loss={"kind": loss})
    capture = check(Run(job), "minibatch")
    read = {id_ for each in (*capture.forward, *capture.backward) for id_ in each.inputs}
    ends = {capture.loss, *capture.gradients.values()}
    idle = [each.id for each in capture.forward if not {*each.outputs} & (read | ends)]
    assert not idle


def test_recurrence_and_attention_are_in_it_step_by_step() -> None:
    """Not as one call: each gate of each place is an operation."""
    nodes = [
        node("rows", "Reshape", "x", shape=[2, 1], axes=["T", "D"]),
        node("reader", "LSTM", "rows", hidden_size=3),
        node("writer", "AttentionGRU", "rows", "reader", hidden_size=3),
        node("look", "MultiplicativeAttention", "writer", "reader", "reader"),
        node("last", "GRU", "look", hidden_size=3, bidirectional=True),
        node("output", "Linear", "last:state", out_features=1),
    ]
    capture = check(Run(make_job(engine="plain", graph=graph(nodes))), "minibatch")
    gates = Counter(each.title for each in capture.forward)
    assert gates["sigmoid"] == 2 * (3 + 2 + 2 * 2)
    assert not [each.op for each in capture.forward if "rnn" in each.op or "lstm" in each.op]


# --- against what eager torch is asked to do ---

DROPPED = (
    "aten.empty_like.default",
    "aten.bernoulli_.float",
    "aten.div_.Scalar",
    "aten.mul.Tensor",
)
DECOMPOSED = {
    "aten.add_.Tensor": "aten.add.Tensor",
    "aten.as_strided_.default": "aten.as_strided.default",
    "aten.native_batch_norm.default": "aten._native_batch_norm_legit_functional.default",
}
"""What eager torch does in place, and what the document has instead: the same numbers as a new value."""
BOOKKEEPING = {
    "aten.detach.default": "twins of values that autograd keeps",
    "aten.empty.memory_format": "room for what batch norm tells of itself",
    "aten.ones_like.default": "the 1 with which the way back begins: here a value of its own",
    "aten.new_empty_strided.default": "room for `.grad`",
    "aten.copy_.default": "a gradient brought to where it is kept",
}
"""What is no operation of the step, and why eager torch does it."""


class Log(TorchDispatchMode):
    """Every call that reaches torch's kernels, by name."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.calls: list[str] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.calls.append(str(func))
        return func(*args, **(kwargs or {}))


def named(calls: list[str]) -> Counter[str]:
    """Count calls by the names that the document uses for them."""
    return Counter(DECOMPOSED.get(call, call) for call in calls if call not in BOOKKEEPING)


def eager(run: Run, examples: int) -> tuple[Counter[str], Counter[str]]:
    """What a step of the plain engine asks of torch, forward and backward; dropout as one operation each way."""
    plain = Plain(run.network, run.job)
    batch = run.stream.peek(examples).tensors
    with in_training(run.network, examples), Log() as forward:
        outputs = plain.forward(batch)
        losses = total(run.job.task.losses(outputs, batch, run.job.loss.per_example))
        loss = losses.mean() + run.job.regulariser.penalty(plain.weights)
    with Log() as backward:
        loss.backward()
    there, back = named(forward.calls), named(backward.calls)
    dropouts = there["aten.bernoulli_.float"]
    for call in DROPPED:
        there[call] -= dropouts
    back["aten.mul.Tensor"] -= dropouts
    there["aten.native_dropout.default"] += dropouts
    back["aten.native_dropout_backward.default"] += dropouts
    return +there, +back


@pytest.mark.parametrize("name", [each for each in TRIED if each.values[0] not in WORDS])
def test_the_operations_are_those_that_eager_torch_is_asked_for(name: str) -> None:
    """Recurrence has two outputs; what eager torch computes for the one that nobody reads is left out of the document.

    So networks of words are not in here.
    """
    run = make(name)
    capture = captured(name)
    there, back = eager(run, capture.examples)
    ours = named([operation.op for operation in capture.backward])
    if "aten.as_strided.default" in there:  # pooling over a whole map
        ours -= Counter(["aten.as_strided_scatter.default", "aten.copy.default"])
    assert named([operation.op for operation in capture.forward]) == there
    assert ours == back
