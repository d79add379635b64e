"""The same loop on a graphics card: repeatable there, recorded there, and near to what the CPU computes."""

from typing import Any

import pytest
import torch
from benchmarks import small_networks

from neurarium.training.command import Change, SetWeight
from neurarium.training.device import free_memory
from neurarium.training.divergence import Diverged
from neurarium.training.engine.recorded import Recorded
from neurarium.training.engine.recorder import WARM, Card, Recording
from neurarium.training.run import Run
from neurarium.training.state import State
from neurarium.training.throughput import measure
from tests.backend.training import textbook
from tests.backend.training.jobs import dropping, make_job, mlp, take
from tests.backend.training.test_recorded import IMAGES
from tests.backend.training.test_throughput import lines

pytestmark = pytest.mark.gpu
NETWORKS = pytest.mark.parametrize("network", [mlp(), dropping()], ids=["chain", "dropout"])


def recordings(run: Run) -> Recorded:
    assert isinstance(run.engine, Recorded)
    assert run.engine.hindrance == ""
    return run.engine


@NETWORKS
def test_auto_takes_the_card(network: dict[str, Any]) -> None:
    run = Run(make_job(graph=network, device="auto"))
    take(run, 3)
    assert run.device.type == "cuda"
    assert run.state().facts.device == "cuda"
    assert {value.device.type for value in run.network.parameters()} == {"cuda"}


@NETWORKS
@pytest.mark.parametrize("optimizer", textbook.OPTIMIZERS)
def test_two_runs_and_a_resumed_one_are_bit_identical(
    optimizer: str, network: dict[str, Any]
) -> None:
    """The resumed one takes some steps one by one where the others play recordings: the bits are the same."""
    settings = textbook.OPTIMIZERS[optimizer][0] | {"lr": 0.02}
    job = make_job(graph=network, optimizer=settings, device="cuda")
    first, second, resumed = Run(job), Run(job), Run(job)
    take(first, 20)
    take(second, 12)
    resumed.restore(State.loads(second.state().dumps()))
    take(second, 8)
    take(resumed, 8)
    assert first.state().digest() == second.state().digest() == resumed.state().digest()


def test_card_and_cpu_agree() -> None:
    runs = [Run(make_job(device=device, precision="float64")) for device in ("cuda", "cpu")]
    for run in runs:
        take(run, 20)
    card, cpu = (run.state().tensors for run in runs)
    for name, value in cpu.items():
        torch.testing.assert_close(card[name], value, rtol=1e-9, atol=1e-9)


@NETWORKS
@pytest.mark.parametrize("optimizer", textbook.OPTIMIZERS)
def test_recorded_steps_are_those_of_the_reference(optimizer: str, network: dict[str, Any]) -> None:
    """What layers draw too: the card's generator is started anew before each recording is played."""
    job = make_job(
        graph=network,
        optimizer=textbook.OPTIMIZERS[optimizer][0],
        schedule={"kind": "Cosine", "warmup": 5},
        regulariser={"kind": "L2", "strength": 0.01},
        precision="float64",
        device="cuda",
    )
    ours, theirs = Run(job), Run(job, fast=False)
    told, wanted = take(ours, 40), take(theirs, 40)
    assert recordings(ours).is_played
    for report, other in zip(told, wanted, strict=True):
        assert report.loss == pytest.approx(other.loss, rel=1e-9)
    one, other_state = ours.state().tensors, theirs.state().tensors
    for name, value in other_state.items():
        torch.testing.assert_close(one[name], value, rtol=1e-8, atol=1e-10)


def test_what_is_changed_by_hand_is_in_force_at_the_next_step() -> None:
    job = make_job(precision="float64", device="cuda", optimizer={"kind": "Adam", "lr": 0.02})
    ours, theirs = Run(job), Run(job, fast=False)
    for command in (
        Change(changes={"optimizer.lr": 0.3}),
        SetWeight(parameter="hidden.weight", index=(1, 0), value=0.75),
        Change(changes={"batch.size": 7}),
    ):
        for run in (ours, theirs):
            take(run, 9)
            run.apply(command)
            take(run, 9)
        recordings(ours)
        for name, value in theirs.network.named_parameters():
            parameter = ours.network.get_parameter(name)
            torch.testing.assert_close(parameter, value, rtol=1e-8, atol=1e-10)


def test_plain_switches_recordings_off_and_auto_on_again() -> None:
    run = Run(make_job(device="cuda"))
    for engine, name in (("plain", "plain"), ("auto", "recorded")):
        run.apply(Change(changes={"engine": engine}))
        take(run, 8)
        assert run.engine.name == run.state().facts.engine == name


def test_before_a_step_that_is_not_finite_nothing_moves() -> None:
    changes: dict[str, Any] = {"optimizer": {"kind": "SGD", "lr": 1e5}}
    run = Run(make_job(device="cuda", loss={"kind": "SquaredError"}, **changes))
    with pytest.raises(Diverged):  # noqa: PT012 - at which step is the run's own matter
        for _ in range(60):
            before = {n: v.detach().clone() for n, v in run.network.named_parameters()}
            run.take()
    for name, value in run.network.named_parameters():
        assert torch.equal(value, before[name])


def test_each_run_on_one_card_is_as_it_would_be_alone() -> None:
    """Sixteen take turns, step by step; each draws, records and plays for itself."""
    jobs = [make_job(graph=dropping(), seed=seed, device="cuda") for seed in range(16)]
    together = [Run(job) for job in jobs]
    for _ in range(20):
        for run in together:
            run.take()
    for job, run in zip(jobs, together, strict=True):
        alone = Run(job)
        take(alone, 20)
        assert alone.state().digest() == run.state().digest()


def test_where_recording_fails_steps_are_taken_as_they_are_and_layers_still_draw() -> None:
    device = torch.device("cuda")
    x, count = torch.ones(8, device=device), torch.zeros((), device=device)
    watched = Recording(Card(device), lambda: x * count.add_(1).item(), device)
    for _ in range(WARM + 3):
        watched()
    assert "_local_scalar_dense" in watched.hindrance
    assert count.item() == WARM + 3
    unseen = Recording(Card(device), lambda: x * count.add_(1).item(), device)
    unseen._done = WARM  # as though it had been looked at, and nothing found
    before = torch.cuda.current_stream()
    unseen()
    assert unseen.hindrance
    assert torch.cuda.current_stream() == before
    torch.cuda.manual_seed(3)
    first = torch.rand(8, device=device)
    torch.cuda.manual_seed(3)
    assert torch.equal(first, torch.rand(8, device=device))
    run = Run(make_job(graph=dropping(), device="cuda"))
    take(run, 12)
    assert recordings(run).is_played


def test_memory_comes_back_when_runs_end() -> None:
    device = torch.device("cuda")
    take(Run(make_job(device="cuda")), 12)
    torch.cuda.synchronize()
    before = free_memory(device)
    for seed in range(20):
        take(Run(make_job(device="cuda", seed=seed)), 12)
    torch.cuda.synchronize()
    after = free_memory(device)
    assert before is not None
    assert after is not None
    assert before - after < 64 * 2**20


@pytest.mark.parametrize("precision", ["float32", "tf32", "bf16"])
def test_images_in_every_precision(precision: str) -> None:
    """The chosen engine and the reference, in the same numbers; float32 is exact, though cuDNN's own default is not."""
    job = make_job(
        dataset={"kind": "Digits"},
        graph=IMAGES,
        optimizer={"kind": "Adam", "lr": 0.01},
        precision=precision,
        device="cuda",
    )
    ours, theirs = Run(job), Run(job, fast=False)
    told, wanted = ([report.loss for report in take(run, 12)] for run in (ours, theirs))
    recordings(ours)
    assert told == pytest.approx(wanted, rel=1e-3 if precision == "float32" else 3e-2)
    exact = Run(job.model_copy(update={"precision": "float32", "device": "cpu"}))
    tolerance = {"float32": 1e-3, "tf32": 2e-2, "bf16": 1e-1}[precision]
    assert told == pytest.approx([report.loss for report in take(exact, 12)], rel=tolerance)


def test_products_in_tf32_are_shorter_and_those_of_other_runs_are_not() -> None:
    x = torch.randn(256, 256, device="cuda", generator=torch.Generator("cuda").manual_seed(0))
    exact = x.double() @ x.double()

    def error() -> float:
        return float((x @ x - exact).abs().max() / exact.abs().max())

    run = Run(make_job(precision="tf32", device="cuda", engine="plain"))
    take(run, 2)
    assert error() < 1e-5
    torch.backends.cuda.matmul.fp32_precision = "tf32"
    try:
        assert error() > 1e-5
    finally:
        torch.backends.cuda.matmul.fp32_precision = "ieee"


def test_speed_by_the_batch_has_the_card_and_beside_it_the_cpu() -> None:
    for precision in ("float32", "tf32"):
        run = Run(make_job(device="cuda", precision=precision))
        found = lines(measure(run.state(), "cuda"))
        assert [line.device for line in found[:2]] == ["cuda", "cuda"]
        assert {line.device for line in found} == {"cuda", "cpu"}
        assert found[0].engine == "recorded"
        assert found[0].card


def test_the_races_on_the_card_come_to_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(small_networks, "CARD_SECONDS", 0.05)
    names = [race.name for race in small_networks.on_card("cuda", rounds=1)]
    assert len(names) == 3 * len(small_networks.QUESTIONS)
