"""Executing the document: what is not the step is found out, and nothing but torch's operations is called."""

import subprocess
import sys
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from neurarium.capture import joint
from neurarium.capture.capture import capture_run
from neurarium.capture.document import Capture
from neurarium.capture.execute import Execution, resolve
from neurarium.capture.key import key_of, needs_of
from neurarium.training.device import reseed
from neurarium.training.job import Job
from neurarium.training.run import Run
from neurarium.training.seed import derive
from tests.backend.capture.steps import check, execute, given, make, residual
from tests.backend.probes.runs import graph, make_job, make_probe, node
from tests.backend.training.jobs import document, dropping


def replaced(capture: Capture, title: str, phase: str, op: str) -> Capture:
    """The document with one operation exchanged for another of the same arguments."""
    operations = [*getattr(capture, phase)]
    place = next(i for i, operation in enumerate(operations) if operation.title == title)
    operations[place] = operations[place].model_copy(update={"op": op})
    return capture.model_copy(update={phase: operations})


@pytest.mark.parametrize(
    ("title", "phase", "op"),
    [
        ("tanh", "forward", "aten.sigmoid.default"),
        ("tanh_backward", "backward", "aten.sigmoid_backward.default"),
        ("mul", "backward", "aten.add.Tensor"),
    ],
)
def test_another_operation_gives_other_numbers(title: str, phase: str, op: str) -> None:
    run = make("mlp-circles")
    capture = capture_run(run, "minibatch")
    right, wrong = execute(run, capture), execute(run, replaced(capture, title, phase, op))
    distances = [
        (wrong.gradients()[name] - gradient).abs().max()
        for name, gradient in right.gradients().items()
    ]
    assert max(distances) > 1e-3


def test_other_random_numbers_and_another_mode_give_other_numbers() -> None:
    run = Run(Job.model_validate(document(graph=dropping())), fast=False)
    capture = check(run, "minibatch")
    right = execute(run, capture).loss
    other = Execution(capture, given(run, capture))
    reseed(run.device, 1)
    other.advance()
    assert abs(other.loss - right) > 1e-4
    single = check(run, "example")
    norms = [
        next(op.title for op in each.forward if "batch_norm" in op.title)
        for each in (capture, single)
    ]
    assert norms == ["native_batch_norm_legit_functional", "native_batch_norm_legit_no_training"]


def test_a_wrong_norm_takes_for_one_example_what_it_has_seen_before() -> None:
    """Its way back reads what the network remembers: an input of the step like all others, also for the tracer."""
    layers = [
        node("first", "Linear", "x", out_features=3),
        node("norm", "BatchNorm1d", "first"),
        node("output", "Linear", "norm", out_features=1),
    ]
    wrong = {"kind": "wrong", "node": "norm", "backward": "NormUndivided"}
    run = Run(make_job(engine="plain", graph=graph(layers), tampering=[wrong]))
    run.take()
    capture = check(run, "example")
    read = {id_ for operation in capture.backward for id_ in operation.inputs}
    assert {"norm.running_mean", "norm.running_var"} & {
        value.name for value in capture.values if value.id in read
    }
    tensors = given(run, capture)
    right, other = (
        Execution(capture, tensors | {"norm.running_var": variance})
        for variance in (tensors["norm.running_var"], tensors["norm.running_var"] * 4)
    )
    for execution in (right, other):
        execution.advance()
    name = "first.weight"
    assert (right.gradients()[name] - other.gradients()[name]).abs().max() > 1e-6


@pytest.mark.parametrize(
    "op", ["os.system", "aten.addmm", "aten.nothing.default", "prims.add.default"]
)
def test_only_torchs_own_operations_are_executed(op: str) -> None:
    with pytest.raises(ValueError, match=r"^(`|This torch)"):
        resolve(op)


def test_what_does_not_fit_is_said() -> None:
    run = make("mlp-circles")
    capture = capture_run(run, "minibatch")
    tensors = given(run, capture)
    with pytest.raises(ValueError, match="`x` has the shape"):
        Execution(capture, tensors | {"x": tensors["x"][:3]})
    del tensors["hidden1.bias"]
    with pytest.raises(ValueError, match=r"`hidden1\.bias` is missing"):
        Execution(capture, tensors)


def test_what_nobody_reads_is_let_go() -> None:
    run = residual()
    capture = capture_run(run, "minibatch")
    heard: dict[str, Tensor] = {}
    execution = Execution(capture, given(run, capture), keep=[capture.loss], told=heard.__setitem__)
    reseed(run.device, derive(run.job.seed, "dropout", run.step))
    most = 0
    for _ in execution.operations:
        execution.advance(1)
        most = max(most, len(execution.values))
    assert set(heard) == {value.id for value in capture.values}
    assert most < len(heard)
    assert capture.loss in execution.values
    whole = execute(run, capture)
    assert set(whole.values) >= set(heard)
    for id_, value in heard.items():
        torch.testing.assert_close(value, whole.values[id_])


def test_the_key_names_what_the_document_follows_from() -> None:
    run = make("mlp-circles")
    job = run.job
    keys = {key_of(job, "minibatch", 16), key_of(job, "minibatch", 8), key_of(job, "example", 1)}
    keys.add(key_of(job.model_copy(update={"precision": "float64"}), "minibatch", 16))
    assert len(keys) == 4
    same = job.model_copy(update={"seed": 9, "steps": 7, "title": "another"})
    assert key_of(same, "minibatch", 16) in keys
    assert needs_of(same, "minibatch") == needs_of(job, "minibatch")
    other = job.model_copy(update={"batch": job.batch.model_copy(update={"size": 3})})
    assert needs_of(other, "minibatch") != needs_of(job, "minibatch")


@pytest.mark.slow
@pytest.mark.parametrize(
    "begun", ["", pytest.param("warm.up('cpu');", marks=pytest.mark.bars, id="warm.up")]
)
def test_workers_do_not_load_the_tracer(begun: str) -> None:
    """It takes seconds and memory: only where something is captured."""
    program = (
        f"import sys; from neurarium.sessions import warm, worker; {begun}"
        "print('neurarium.capture.joint' in sys.modules, 'neurarium.capture.execute' in sys.modules)"
    )
    assert said(program)[0] == "False"
    assert not begun or said(program)[1] == "True"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("optimizer", "loads"),
    [("SGD(lr=0.1)", "False"), pytest.param("Torch(lr=0.1)", "True", marks=pytest.mark.bars)],
)
def test_training_does_not_load_the_compiler(optimizer: str, loads: str) -> None:
    """Torch's optimisers would, to ask it to leave them alone. `bars`: so they do, where they step as torch writes."""
    program = f"""
import sys
import torch
from neurarium.sessions.demo import demo_job
from neurarium.training.optimizers.sgd import SGD
from neurarium.training.run import Run

class Torch(SGD):
    def build(self, parameters):
        built = super().build(parameters)
        built.step()
        return built

run = Run(demo_job().model_copy(update={{"optimizer": {optimizer}}}), "cpu", fast=False)
run.take()
print("torch._dynamo" in sys.modules)
"""
    assert said(program) == [loads]


def said(program: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return done.stdout.split()


@pytest.mark.slow
def test_the_short_way_of_the_trace_leads_to_the_same_document(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object) -> None:
        raise joint.LongWayError

    short = capture_run(residual(), "minibatch")
    monkeypatch.setattr(joint, "trace", refuse)
    assert capture_run(residual(), "minibatch") == short


@pytest.mark.parametrize("writes", [False, True])
def test_what_writes_into_a_tensor_needs_the_long_way(writes: bool) -> None:
    class Scaled(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.w = nn.Parameter(torch.ones(2))

        def forward(self, batch: Mapping[str, Tensor]) -> Tensor:
            y = self.w * batch["x"]
            return (y.mul_(2) if writes else y.mul(2)).mean()

    batch, marks = {"x": torch.ones(4, 2)}, joint.Marks()
    with pytest.raises(joint.LongWayError) if writes else nullcontext():
        assert list(joint.trace(Scaled(), batch, marks).gradients) == ["w"]
    assert list(joint.trace_long(Scaled(), batch, marks).gradients) == ["w"]


def test_looking_at_a_step_changes_no_bit_of_it() -> None:
    """With what draws at random and what notes down what it has seen in the network."""
    digests = set()
    for looks in (False, True):
        run = Run(Job.model_validate(document(graph=dropping())), fast=False)
        capture = capture_run(run, "minibatch")
        for _ in range(2):  # whole minibatches: the last of an epoch is shown with more examples
            if looks:
                seen = replace(run.view(), captured=lambda _: capture)  # noqa: B023 - used at once
                frame = make_probe("operations", values=[capture.loss]).look(seen)
                assert frame.reading is not None
                told = frame.reading.values["loss"]
            report = run.take()
            if looks:
                assert told == pytest.approx(report.loss + report.penalty, abs=1e-6)
        digests.add(run.state().digest())
    assert len(digests) == 1
