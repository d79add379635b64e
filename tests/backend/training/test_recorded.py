"""Recorded steps are those of the reference, whatever changes between them. A tape stands where the card would."""

from typing import Any

import pytest
import torch
from torch import Tensor

from neurarium.training.command import AnyCommand, Change, SetWeight
from neurarium.training.divergence import Diverged
from neurarium.training.engine import recorder, trial
from neurarium.training.engine.bursts import Bursts, Tables
from neurarium.training.engine.chain import Chain, Unsuited
from neurarium.training.engine.plain import Plain
from neurarium.training.engine.recorded import ROOMS, Recorded
from neurarium.training.engine.recorder import WARM, Recording, Watch
from neurarium.training.report import Reports
from neurarium.training.run import Run
from neurarium.training.state import State
from neurarium.training.stream import Tensors
from tests.backend.training import textbook
from tests.backend.training.jobs import dropping, make_job, mlp, take
from tests.backend.training.tape import Tape

IMAGES = {
    "inputs": {"x": {"axes": ["C", "H", "W"], "shape": [1, 32, 32]}},
    "nodes": [
        {"id": "pool", "layer": {"kind": "AvgPool2d", "kernel_size": 4}, "inputs": ["x"]},
        {"id": "conv", "layer": {"kind": "Conv2d", "out_channels": 3, "kernel_size": 3}, "inputs": ["pool"]},
        {"id": "bend", "layer": {"kind": "ReLU"}, "inputs": ["conv"]},
        {"id": "flat", "layer": {"kind": "Flatten"}, "inputs": ["bend"]},
        {"id": "output", "layer": {"kind": "Linear", "out_features": 10}, "inputs": ["flat"]},
    ],
    "outputs": {"y": "output"},
}  # fmt: skip
NETWORKS: dict[str, dict[str, Any]] = {
    "a chain": {"graph": mlp()},
    "dropout and norms": {"graph": dropping()},
}


def recorded(run: Run) -> Run:
    """Let a run be computed by recorded steps."""
    memory = run.engine.memory()
    run.engine = Recorded(run.network, run.job, Tape())
    run.engine.remember(memory)
    return run


def tape(run: Run) -> Tape:
    assert isinstance(run.engine, Recorded)
    assert isinstance(run.engine.recorder, Tape)
    return run.engine.recorder


def both(**changes: Any) -> tuple[Run, Run]:
    job = make_job(precision="float64", **changes)
    return recorded(Run(job, "cpu", fast=False)), Run(job, "cpu", fast=False)


def agree(ours: Run, theirs: Run) -> None:
    one, other = ours.state(), theirs.state()
    assert one.tensors.keys() == other.tensors.keys()
    for name, value in other.tensors.items():
        torch.testing.assert_close(one.tensors[name], value, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("optimizer", textbook.OPTIMIZERS)
def test_steps_are_those_of_the_reference(optimizer: str, network: str) -> None:
    """Over the ends of epochs, where batches are smaller, with a rate that is another at every step."""
    ours, theirs = both(
        **NETWORKS[network],
        optimizer=textbook.OPTIMIZERS[optimizer][0],
        schedule={"kind": "Cosine", "warmup": 5},
        regulariser={"kind": "L2", "strength": 0.01},
    )
    told = take(ours, 40)
    for report, other in zip(told, take(theirs, 40), strict=True):
        assert report.loss == pytest.approx(other.loss, rel=1e-9)
        assert report.penalty == pytest.approx(other.penalty, rel=1e-9)
    agree(ours, theirs)
    assert tape(ours).recordings == 3  # a batch, the rest of an epoch, the move
    assert tape(ours).plays > 60


def test_the_gradient_may_be_that_of_a_chain_or_of_autograd() -> None:
    for network, kind in (("a chain", Chain), ("dropout and norms", Plain)):
        engine = both(**NETWORKS[network])[0].engine
        assert isinstance(engine, Recorded)
        assert type(engine.inner) is kind


def test_images_in_float32_and_in_bf16() -> None:
    digits = {"dataset": {"kind": "Digits"}, "graph": IMAGES, "optimizer": {"kind": "Adam"}}
    for precision in ("float32", "bf16"):
        job = make_job(**digits, precision=precision)
        ours, theirs = recorded(Run(job, "cpu", fast=False)), Run(job, "cpu", fast=False)
        losses = [[report.loss for report in take(run, 12)] for run in (ours, theirs)]
        assert losses[0] == pytest.approx(losses[1], rel=2e-2 if precision == "bf16" else 1e-4)
        assert tape(ours).plays > 10


def test_what_is_changed_by_hand_is_in_force_at_the_next_step() -> None:
    ours, theirs = both(optimizer={"kind": "SGD", "lr": 0.1, "momentum": 0.9})
    commands: list[AnyCommand] = [
        Change(changes={"optimizer.lr": 0.02}),
        SetWeight(parameter="hidden.weight", index=(1, 0), value=0.75),
        Change(changes={"regulariser": {"kind": "L1", "strength": 0.05}}),
        Change(changes={"batch.size": 7}),
        Change(changes={"optimizer.momentum": 0.0}),
        Change(changes={"optimizer.momentum": 0.5}),
    ]
    for command in commands:
        for run in (ours, theirs):
            take(run, 9)
            run.apply(command)
        if not isinstance(ours.engine, Recorded):
            recorded(ours)
        agree(ours, theirs)
    for run in (ours, theirs):
        take(run, 9)
    agree(ours, theirs)


@pytest.mark.parametrize("network", NETWORKS)
def test_a_resumed_run_goes_on_alike_and_either_engine_resumes_the_other(network: str) -> None:
    changes: dict[str, Any] = {**NETWORKS[network], "optimizer": {"kind": "Adam", "lr": 0.02}}
    first, other = both(**changes)
    take(first, 12)
    document = first.state().dumps()
    second, third = (both(**changes)[0] for _ in "ab")
    second.restore(State.loads(document))
    recorded(second)
    third.restore(State.loads(document))
    for run in (first, second, third):
        take(run, 12)
    take(other, 24)
    assert type(third.engine) is Plain
    for run in (first, second, third):
        agree(run, other)


def test_one_example_alone_and_observed_steps_are_the_same_too() -> None:
    ours, theirs = both(graph=dropping(), optimizer={"kind": "Adam", "lr": 0.02})
    for at in range(16):
        for run in (ours, theirs):
            run.take("example" if at % 3 else "minibatch", observe=True)
    agree(ours, theirs)
    assert ours.observation is not None
    assert theirs.observation is not None
    for name, value in theirs.observation.gradients.items():
        torch.testing.assert_close(ours.observation.gradients[name], value, rtol=1e-9, atol=1e-12)


def test_before_a_step_that_is_not_finite_nothing_moves() -> None:
    ours, _ = both(optimizer={"kind": "SGD", "lr": 1e5}, loss={"kind": "SquaredError"})
    with pytest.raises(Diverged):  # noqa: PT012 - at which step is the run's own matter
        for _ in range(60):
            before = {n: v.detach().clone() for n, v in ours.network.named_parameters()}
            ours.take()
    for name, value in ours.network.named_parameters():
        assert torch.equal(value, before[name])


def bursting(run: Run) -> Run:
    """Let a run take many recorded steps at one call."""
    run.engine = Bursts(run.network, run.job, Tape())
    return run


@pytest.mark.slow
@pytest.mark.parametrize("policy", ["minibatch", "full", "single"])
@pytest.mark.parametrize("optimizer", ["SGD", "Nesterov", "RMSprop", "AdamW"])
def test_many_steps_at_one_call_are_those_taken_one_by_one(optimizer: str, policy: str) -> None:
    job = make_job(
        precision="float64",
        batch={"policy": policy, "size": 16},
        optimizer=textbook.OPTIMIZERS[optimizer][0],
        schedule={"kind": "Cosine", "warmup": 5},
        regulariser={"kind": "L2", "strength": 0.01},
    )
    ours, theirs = bursting(Run(job, "cpu", fast=False)), Run(job, "cpu", fast=False)
    while ours.step < 45:
        told = ours.take_many(13) if ours.step % 4 else Reports.of(ours.take())
        wanted = [theirs.take() for _ in told.loss]
        assert told.loss == pytest.approx([report.loss for report in wanted], rel=1e-9)
        assert told.penalty == pytest.approx([report.penalty for report in wanted], rel=1e-9)
        agree(ours, theirs)
    assert tape(ours).plays > 20


def test_many_steps_end_before_one_that_is_not_finite() -> None:
    changes: dict[str, Any] = {"optimizer": {"kind": "SGD", "lr": 1e6, "momentum": 0.9}}
    job = make_job(loss={"kind": "SquaredError"}, graph=mlp(kind="ReLU"), **changes)
    ours, theirs = bursting(Run(job, "cpu", fast=False)), Run(job, "cpu", fast=False)
    with pytest.raises(Diverged) as late:  # noqa: PT012 - at which call is the run's own matter
        for _ in range(40):
            ours.take_many(50)
    with pytest.raises(Diverged) as early:
        take(theirs, 60)
    assert late.value.step == early.value.step > 1
    for name, value in theirs.network.named_parameters():
        torch.testing.assert_close(ours.network.get_parameter(name), value, rtol=1e-3, atol=0)


def test_only_chains_take_many_steps_at_one_call() -> None:
    run = Run(make_job(graph=dropping()), "cpu")
    with pytest.raises(Unsuited):
        Bursts(run.network, run.job, Tape())


def test_few_shapes_of_batches_are_kept() -> None:
    ours, _ = both()
    assert isinstance(ours.engine, Recorded)
    sizes = range(1, ROOMS + 5)
    for size in sizes:
        ours.engine.backward(ours.stream.peek(size).tensors, 0)
    kept = [shape[0][0] for shape in ours.engine.rooms]
    assert kept == list(sizes)[-ROOMS:]


def test_a_trial_lets_what_is_equal_pass_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Each way in which a recording could be wrong is found before it trains."""

    def passes(**changes: Any) -> bool:
        job = make_job(**changes)
        kind = trial._Kind(job, torch.float32, torch.device("cpu"))
        return trial.plays(kind, Tape())

    assert passes()
    assert passes(graph=dropping(), optimizer={"kind": "AdamW"})

    def stuck(self: Recorded, lr: float) -> None:
        """The learning rate of the step that was recorded, for ever."""
        if not self.move.is_played:
            self.rule.lr.fill_(lr)
        self.move()
        self.rule.has_moved = True

    monkeypatch.setattr(Recorded, "update", stuck)
    assert not passes(optimizer={"kind": "SGD", "lr": 0.2})
    assert "the move of" in caplog.text
    monkeypatch.undo()

    def forgetful(self: Recorded, batch: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        result = learn(self, batch)
        self.gradient.mul_(1.01)
        return result

    learn = Recorded._learn
    monkeypatch.setattr(Recorded, "_learn", forgetful)
    assert not passes(optimizer={"kind": "RMSprop"})
    monkeypatch.undo()

    def unguarded(self: Bursts, tables: Tables, examples: Tensors, count: int) -> None:
        """The first rate of a call, for all its steps."""
        tables.lrs.fill_(tables.lrs[0])
        step(self, tables, examples, count)

    step = Bursts._step
    monkeypatch.setattr(Bursts, "_step", unguarded)
    assert not passes(optimizer={"kind": "SGD", "momentum": 0.5})
    assert "losses of steps at one call differ" in caplog.text
    monkeypatch.undo()
    monkeypatch.setattr(recorder, "WARM", 100)
    assert not passes(optimizer={"kind": "Adam"})
    assert "nothing was recorded" in caplog.text


def test_off_an_nvidia_card_nothing_is_recorded() -> None:
    run = Run(make_job(), "cpu")
    with pytest.raises(Unsuited):
        trial.recorded(run.network, run.job)


@pytest.mark.parametrize(
    ("work", "culprit"),
    [
        (lambda x: x * x.sum().item(), "_local_scalar_dense"),
        (lambda x: x[x > 0], "index"),
        (lambda x: x.nonzero(), "nonzero"),
        (lambda x: x.to("meta"), "_to_copy"),
        (lambda x: x[torch.tensor([1, 0])] * 2, ""),
        (lambda x: x.relu().softmax(0), ""),
    ],
)
def test_what_needs_an_answer_of_the_card_is_named_and_never_recorded(
    work: Any, culprit: str, caplog: pytest.LogCaptureFixture
) -> None:
    x, machine = torch.tensor([1.5, -2.0, 3.0]), Tape()
    recording = Recording(machine, lambda: work(x), x.device)
    for _ in range(WARM + 3):
        recording()
    assert culprit in recording.hindrance
    assert bool(culprit) == bool(recording.hindrance) == (culprit in caplog.text and bool(culprit))
    assert machine.recordings == (0 if culprit else 1)


def test_where_recording_fails_the_work_is_done_as_it_is(caplog: pytest.LogCaptureFixture) -> None:
    class Refusing(Tape):
        def record(self, work: Any) -> Any:
            raise RuntimeError("operation not permitted when stream is capturing\nmore")

    count = torch.zeros(())
    recording = Recording(Refusing(), lambda: count.add_(1), count.device)
    for _ in range(WARM + 4):
        recording()
    assert count == WARM + 4
    assert recording.hindrance == "operation not permitted when stream is capturing"
    assert "Steps are not recorded" in caplog.text


def test_a_tape_repeats_numbers_and_reads_places() -> None:
    """The stand-in is as strict as a card: a number of the processor's is frozen, one in memory is not."""
    x, scale = torch.ones(3), torch.tensor(2.0)
    plain = 2.0
    result, play = Tape().record(lambda: (x * scale, x * plain))
    scale.fill_(5.0)
    plain = 5.0
    x.fill_(3.0)
    play()
    assert result[0].tolist() == [15.0] * 3
    assert result[1].tolist() == [6.0] * 3


def test_a_watch_lets_everything_happen() -> None:
    x = torch.tensor([1.0, -1.0])
    with Watch(x.device) as watch:
        assert x[x > 0].tolist() == [1.0]
    assert watch.found
