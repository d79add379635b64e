"""The precision of a run: what computes in shorter numbers, what does not, and what cannot be had here."""

import json
from typing import Any

import pytest
import torch
from torch import nn

from neurarium.capture.capture import capture_run
from neurarium.capture.cards import CARDS
from neurarium.capture.execute import Execution
from neurarium.training.arithmetic import be_exact, layers, products, restored
from neurarium.training.budget import estimate
from neurarium.training.check import JobError, check_job
from neurarium.training.command import Change, CommandError
from neurarium.training.device import reseed
from neurarium.training.engine.chain import Chain
from neurarium.training.engine.plain import Plain
from neurarium.training.job import Job, Precision
from neurarium.training.run import Run
from neurarium.training.seed import derive
from neurarium.training.state import State
from neurarium_models.inspect import inspect
from neurarium_models.preset import PRESETS
from tests.backend.training.jobs import dropping, make_job, mlp, take

CPU = torch.device("cpu")


def textbook(run: Run, steps: int) -> list[float]:
    """The same training as torch's documentation writes it, with the run's own batches."""
    first, bend, last = nn.Linear(2, 5), nn.Tanh(), nn.Linear(5, 1)
    net = nn.Sequential(first, bend, last)
    for layer, path in ((first, "hidden"), (last, "output")):
        values = run.network.get_submodule(path).state_dict()
        layer.load_state_dict({name: value.clone() for name, value in values.items()})
    optimizer = torch.optim.Adam(net.parameters(), lr=0.02)
    criterion = nn.BCEWithLogitsLoss()
    rows = {int(i): row for row, i in enumerate(run.examples.train.ids)}
    arrays = {name: torch.from_numpy(a) for name, a in run.examples.train.arrays.items()}
    losses = []
    for _ in range(steps):
        ids = run.stream.peek(16).ids
        chosen = torch.tensor([rows[int(i)] for i in ids])
        run.stream.advance(len(ids))
        optimizer.zero_grad()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            output = net(arrays["x"][chosen].float())
        loss = criterion(output.float()[:, 0], arrays["y"][chosen].float())
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def test_bf16_is_torchs_own_autocast() -> None:
    job = make_job(precision="bf16", optimizer={"kind": "Adam", "lr": 0.02})
    run, exact = Run(job), Run(job.model_copy(update={"precision": "float32"}))
    assert type(run.engine) is Plain
    assert type(exact.engine) is not Plain
    wanted = textbook(Run(job), 40)
    told = [report.loss for report in take(run, 40)]
    assert told == pytest.approx(wanted, rel=1e-4)
    others = [report.loss for report in take(exact, 40)]
    assert told != pytest.approx(others, rel=1e-4)
    assert told == pytest.approx(others, rel=0.05)


def test_what_is_kept_and_what_is_looked_at_stays_float32() -> None:
    run = Run(make_job(precision="bf16", graph=dropping(), optimizer={"kind": "Adam", "lr": 0.02}))
    run.take(observe=True)
    assert {value.dtype for value in run.state().tensors.values() if value.is_floating_point()} == {
        torch.float32
    }
    batch = run.stream.peek(16).tensors
    run.network.eval()
    with torch.no_grad():
        (output,) = run.engine.forward(batch).values()
        assert torch.equal(output, run.network(batch)["y"])
    assert output.dtype == torch.float32
    assert run.observation is not None
    assert {value.dtype for value in run.observation.gradients.values()} == {torch.float32}


def test_a_resumed_run_has_the_same_bits() -> None:
    job = make_job(precision="bf16", graph=dropping(), optimizer={"kind": "AdamW", "lr": 0.02})
    first, second = Run(job), Run(job)
    take(first, 20)
    take(second, 9)
    second.restore(State.loads(second.state().dumps()))
    take(second, 11)
    assert first.state().digest() == second.state().digest()


KINDS = {
    node.kind: id
    for id, preset in PRESETS.items()
    if preset.job
    for node in inspect(preset.graph).nodes
}
"""Every kind of layer that a ready-made run has, with one that has it."""


@pytest.mark.parametrize("id", sorted(set(KINDS.values())))
def test_every_layer_computes_in_bf16(id: str) -> None:
    preset = PRESETS[id]
    document = {"graph": preset.graph.model_dump(), **(preset.job or {}), "device": "cpu"}
    told = []
    for precision in ("bf16", "float32"):
        run = Run(make_job_of(document, precision))
        told.append([run.take().loss for _ in range(2)])
    assert told[0] == pytest.approx(told[1], rel=0.1, abs=0.02)


def make_job_of(document: dict[str, Any], precision: str) -> Job:
    smaller = {"policy": "minibatch", "size": 4}
    changes = {"precision": precision, "batch": smaller}
    if not {"source", "target"}.isdisjoint(document["graph"]["inputs"]):
        changes |= {"dataset": document["dataset"] | {"samples": 100}}
    return Job.model_validate({**document, **changes})


def test_engines_that_write_the_way_back_out_leave_shorter_numbers_alone() -> None:
    assert isinstance(Run(make_job()).engine, Chain)
    for network in (mlp(), dropping()):
        assert type(Run(make_job(graph=network, precision="bf16")).engine) is Plain


@pytest.mark.parametrize("device", ["auto", "cpu"])
def test_tf32_without_such_a_card_is_refused_with_what_to_take(
    device: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(JobError, match=r"NVIDIA.*Take `float32`, or `bf16`"):
        Run(make_job(precision="tf32", device=device))
    with pytest.raises(JobError, match="no device `cuda`"):
        Run(make_job(precision="tf32", device="cuda"))


def test_the_service_says_so_before_a_worker_is_asked() -> None:
    with pytest.raises(JobError, match="NVIDIA"):
        check_job(make_job(precision="tf32", device="mps"))
    check_job(make_job(precision="tf32", device="auto"))


def test_a_run_keeps_the_precision_that_it_began_with() -> None:
    run = Run(make_job())
    with pytest.raises(CommandError, match="Start a new run with the new precision"):
        run.apply(Change(changes={"precision": "bf16"}))


@pytest.mark.parametrize("graph", [mlp(), dropping()], ids=["chain", "dropout"])
def test_the_captured_step_is_that_of_short_numbers(graph: dict[str, Any]) -> None:
    """Each rounding is drawn, and what is drawn computes the gradients of the step, to such a rounding."""
    run = Run(make_job(precision="bf16", graph=graph))
    captured = capture_run(run, "minibatch")
    batch = run.stream.peek(captured.examples).tensors
    run.engine.backward(batch, 0)
    wanted = {name: value.clone() for name, value in run.engine.gradients().items()}
    reseed(CPU, derive(run.job.seed, "dropout", 0))
    tensors = {**batch, **dict(run.network.named_parameters()), **dict(run.network.named_buffers())}
    execution = Execution(captured, tensors)
    execution.advance()
    rounding = 2.0**-7 * max(float(value.abs().max()) for value in wanted.values())
    for name, value in execution.gradients().items():
        torch.testing.assert_close(value, wanted[name], rtol=0, atol=rounding)
    titles = {each.title for each in (*captured.forward, *captured.backward)}
    assert "to_copy" in titles
    assert titles <= set(CARDS)


def test_wrong_derivatives_are_no_matter_of_short_numbers() -> None:
    wrong = [{"kind": "wrong", "node": "bend", "backward": "TanhUnsquared"}]
    run = Run(make_job(precision="bf16"))
    with pytest.raises(CommandError, match="float32 or float64"):
        run.apply(Change(changes={"tampering": wrong}))
    scaled = [{"kind": "scale", "node": "bend", "source": "hidden", "factor": 0.5}]
    run.apply(Change(changes={"tampering": scaled}))
    run.take()


def test_the_weights_copies_are_counted() -> None:
    jobs = [make_job(precision=precision) for precision in ("float32", "bf16")]
    exact, short = (estimate(job, inspect(job.graph)) for job in jobs)
    assert short.parameters == exact.parameters
    assert short.total >= exact.total


def test_products_are_float32_again_after_each_step() -> None:
    """The switches are of the whole process: a run of another precision that takes turns must not see them."""
    card = torch.device("cuda")
    cudnn: Any = torch.backends.cudnn
    switches = torch.backends.cuda.matmul, cudnn.conv, cudnn.rnn
    before = [switch.fp32_precision for switch in switches]
    older = cudnn.allow_tf32
    try:
        be_exact()
        assert not cudnn.allow_tf32  # it raises where it does not agree with the others
        assert not torch.backends.cuda.matmul.allow_tf32
        with products("tf32", card):
            assert [switch.fp32_precision for switch in switches] == ["tf32"] * 3
        assert [switch.fp32_precision for switch in switches] == ["ieee"] * 3
        others: tuple[tuple[Precision, torch.device], ...]
        others = ("tf32", CPU), ("float32", card), ("bf16", card)
        for precision, device in others:
            with products(precision, device):
                assert [switch.fp32_precision for switch in switches] == ["ieee"] * 3
    finally:
        cudnn.allow_tf32 = older
        for switch, value in zip(switches, before, strict=True):
            switch.fp32_precision = value


def test_only_bf16_computes_layers_in_bfloat16() -> None:
    x = torch.ones(2, 2)
    wanted: dict[Precision, torch.dtype]
    wanted = {"float32": torch.float32, "tf32": torch.float32, "bf16": torch.bfloat16}
    for precision, dtype in wanted.items():
        with layers(precision, CPU):
            y = x @ x
        assert y.dtype == dtype
        assert restored({"y": y, "of": torch.arange(2)})["y"].dtype == torch.float32


def test_a_job_with_a_precision_is_a_document_like_any_other() -> None:
    job = make_job(precision="bf16")
    assert json.loads(job.model_dump_json())["precision"] == "bf16"
    assert job.dtype == "float32"
