"""The compiled engine is the reference within rounding, and itself bit for bit however its steps are taken."""

import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from neurarium.training.command import Change
from neurarium.training.divergence import Diverged
from neurarium.training.engine import kernel, loops, trial
from neurarium.training.engine.chain import Chain
from neurarium.training.engine.fused import Fused
from neurarium.training.losses import LOSSES
from neurarium.training.run import Run
from tests.backend.training import textbook
from tests.backend.training.jobs import activation, graph, linear, make_job, mlp, take
from tests.backend.training.test_engine import DEEP, GAUSSIANS

BENDS = ["ELU", "GELU", "Identity", "LeakyReLU", "ReLU", "SiLU", "Sigmoid", "Tanh"]


def fused(**changes: Any) -> Run:
    run = Run(make_job(**changes))
    assert type(run.engine) is Fused
    return run


def both(steps: int, **changes: Any) -> None:
    """Train the same job on this engine and on the reference, and compare all that they end with."""
    ours, plain = fused(**changes), Run(make_job(**changes), fast=False)
    for one, other in zip(take(ours, steps), take(plain, steps), strict=True):
        assert one[:2] == other[:2]
        assert one[2:5] == pytest.approx(other[2:5], rel=1e-3, abs=1e-5)
        assert (one.evaluation or {}) == pytest.approx(other.evaluation or {}, rel=1e-3, abs=1e-4)
    mine, theirs = ours.state().tensors, plain.state().tensors
    assert set(mine) == set(theirs)
    for name, value in mine.items():
        torch.testing.assert_close(value, theirs[name], rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("optimizer", textbook.OPTIMIZERS)
@pytest.mark.parametrize("loss", LOSSES)
def test_it_trains_as_the_reference_does(loss: str, optimizer: str) -> None:
    settings = textbook.OPTIMIZERS[optimizer][0]
    both(60, graph=DEEP, dataset=GAUSSIANS, loss={"kind": loss}, optimizer=settings)


@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("penalty", ["NoPenalty", "L1", "L2"])
@pytest.mark.parametrize("policy", ["full", "minibatch", "single"])
def test_with_any_batch_and_penalty(policy: str, penalty: str, precision: str) -> None:
    both(50, batch={"policy": policy}, regulariser={"kind": penalty}, precision=precision)


@pytest.mark.parametrize("kind", BENDS)
def test_with_every_activation(kind: str) -> None:
    both(60, graph=mlp(kind=kind), precision="float64")


@pytest.mark.parametrize("loss", LOSSES)
def test_one_unit_tells_two_classes_apart(loss: str) -> None:
    both(60, loss={"kind": loss})


def test_other_settings_of_an_activation_are_heard() -> None:
    nodes = linear("a", 4, "x"), activation("b", "LeakyReLU", "a", negative_slope=0.3)
    more = linear("c", 4, "b"), activation("d", "GELU", "c", approximate="tanh")
    both(30, graph=graph(*nodes, *more, linear("e", 1, "d")), precision="float64")


def test_a_layer_without_bias_and_numbers_to_be_met() -> None:
    network = mlp()
    network["nodes"][0]["layer"]["bias"] = False
    surface = {"dataset": {"kind": "Surface", "samples": 40}, "task": {"kind": "Regression"}}
    both(30, graph=network, loss={"kind": "SquaredError"}, **surface)


STROKES = [1, 2, 300, 7, 41, 1000, 5]


@pytest.mark.slow
@pytest.mark.parametrize("policy", ["full", "minibatch", "single"])
@pytest.mark.parametrize("optimizer", textbook.OPTIMIZERS)
def test_the_bits_do_not_depend_on_how_many_steps_a_call_takes(optimizer: str, policy: str) -> None:
    changes: dict[str, Any] = {
        "optimizer": textbook.OPTIMIZERS[optimizer][0],
        "batch": {"policy": policy, "size": 7},
        "regulariser": {"kind": "L2"},
        "schedule": {"kind": "Cosine", "warmup": 20},
        "steps": 700,
    }
    strokes, observed = fused(**changes), fused(**changes)
    told = []
    for place in range(10_000):
        if strokes.step == 700:
            break
        told.append(strokes.take_many(STROKES[place % len(STROKES)]))
    singles = [observed.take(observe=observed.step % 3 == 0) for _ in range(700)]
    for name in ("loss", "penalty", "lr"):
        together = [value for each in told for value in getattr(each, name).tolist()]
        assert together == [getattr(report, name) for report in singles]
    assert [e.evaluation for e in told if e.evaluation] == [
        report.evaluation for report in singles if report.evaluation
    ]
    assert max(len(each.loss) for each in told) >= 9
    assert strokes.state().digest() == observed.state().digest()


def test_a_command_between_two_strokes_is_the_same_as_between_two_steps() -> None:
    strokes, singles = fused(steps=400), fused(steps=400)
    changes = [{"batch.size": 9}, {"optimizer": {"kind": "Adam"}}, {"dataset.noise": 0.2}]
    for change in changes:
        until = strokes.step + 83
        while strokes.step < until:
            strokes.take_many(until - strokes.step)
        take(singles, 83)
        for run in (strokes, singles):
            run.apply(Change(changes=change))
    assert strokes.state().digest() == singles.state().digest()


def test_a_stroke_ends_before_the_numbers_do() -> None:
    changes: dict[str, Any] = {
        "graph": mlp(kind="ReLU"),
        "loss": {"kind": "SquaredError"},
        "optimizer": {"kind": "SGD", "lr": 30.0},
        "steps": 4000,
    }
    strokes, singles = fused(**changes), fused(**changes)
    with pytest.raises(Diverged) as one:
        take(singles, 4000)
    with pytest.raises(Diverged) as many:
        [strokes.take_many(1000) for _ in range(4000)]
    assert singles.step > 1
    assert one.value.values == many.value.values
    assert strokes.state().digest() == singles.state().digest()


def test_a_state_moves_between_engines() -> None:
    for optimizer, _ in textbook.OPTIMIZERS.values():
        ours, plain = fused(optimizer=optimizer), Run(make_job(optimizer=optimizer), fast=False)
        take(ours, 20)
        plain.restore(ours.state())
        take(plain, 20)
        ours.restore(plain.state())
        for one, other in zip(take(ours, 5), take(plain, 5), strict=True):
            assert one.loss == pytest.approx(other.loss, rel=1e-4)


def test_an_engine_that_is_wrong_is_not_taken(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The trial's negative control: an engine that moves a little too far trains nothing."""
    right = Fused.update
    monkeypatch.setattr(Fused, "update", lambda self, lr: right(self, lr * 1.01))
    trial.passes.cache_clear()
    with caplog.at_level(logging.WARNING):
        run = Run(make_job())
    trial.passes.cache_clear()
    assert type(run.engine) is Chain
    assert "not used for this network" in caplog.text


def test_without_numba_the_chain_trains(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "neurarium.training.engine.fused", None)
    trial.passes.cache_clear()
    run = Run(make_job())
    trial.passes.cache_clear()
    assert type(run.engine) is Chain
    take(run, 3)


def test_wide_layers_are_left_to_torch() -> None:
    wide = graph(linear("a", 400, "x"), activation("b", "Tanh", "a"), linear("c", 400, "b"))
    wide["nodes"] += [linear("d", 1, "c")]
    wide["outputs"] = {"y": "d"}
    assert type(Run(make_job(graph=wide)).engine) is Chain


def test_it_is_compiled_once_for_each_precision() -> None:
    """Another memory layout of any array would cost a learner ten seconds in the middle of a run."""
    for precision in ("float32", "float64"):
        take(fused(precision=precision), 3)
    assert len(kernel.burst.signatures) <= 2  # type: ignore[attr-defined]


def test_the_exponential_is_right_to_the_last_bits() -> None:
    x = torch.cat([torch.linspace(-30, 30, 4001), torch.logspace(-30, 0, 300)]).double()
    ours = torch.tensor([loops.expm1(value) for value in x.tolist()], dtype=x.dtype)
    torch.testing.assert_close(ours, torch.expm1(x), rtol=2e-15, atol=0)
    assert loops.expm1(float("nan")) != loops.expm1(float("nan"))


@pytest.mark.slow
def test_a_folder_that_cannot_be_written_is_no_obstacle(tmp_path: Path) -> None:
    """Without a place for compiled code it is compiled in memory: a tiny function stands for the engine."""
    program = (
        "from neurarium.training.engine import loops\n"
        "from numba.core import caching\n"
        "caching.CacheImpl._locator_classes = []\n"
        "print(loops.compiled(lambda x: x + 1)(1))\n"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout == "2\n", done.stderr


def test_the_engine_is_switched_by_a_command_and_back() -> None:
    run = fused(optimizer={"kind": "Adam", "lr": 0.01})
    take(run, 10)
    effect = run.apply(Change(changes={"engine": "plain"}))
    assert run.engine.name == "plain"
    assert effect.values == {"before": "auto", "after": "plain"}
    take(run, 10)
    run.apply(effect.undo)
    assert run.engine.name == "fused"
    alone = fused(optimizer={"kind": "Adam", "lr": 0.01})
    take(alone, 20)
    for name, value in alone.state().tensors.items():
        torch.testing.assert_close(run.state().tensors[name], value, rtol=1e-4, atol=1e-6)
