"""The engine for chains is the reference engine, bit for bit; what it is not suited for, it leaves alone."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import torch
from torch import Tensor

from neurarium.dataset import ClassTarget, InputTarget, RealTarget
from neurarium.tasks.classification import Classification
from neurarium.training import engine
from neurarium.training.engine import chain
from neurarium.training.engine.chain import Chain, Unsuited
from neurarium.training.engine.plain import Plain
from neurarium.training.engine.slopes import PULLS, SLOPES, proven_pull, proven_slope
from neurarium.training.losses import LOSSES
from neurarium.training.run import Run
from tests.backend.training import textbook
from tests.backend.training.jobs import activation, dropping, graph, linear, make_job, mlp, take

if TYPE_CHECKING:
    from neurarium.task import LossFunction

DEEP = graph(
    linear("a", 8, "x"),
    activation("a_bend", "ReLU", "a"),
    linear("b", 4, "a_bend"),
    activation("b_bend", "Sigmoid", "b"),
    activation("b_same", "Identity", "b_bend"),
    linear("c", 3, "b_same"),
    activation("c_bend", "Tanh", "c"),
)
GAUSSIANS = {"kind": "Gaussians", "samples": 50, "classes": 3}


@pytest.fixture(autouse=True)
def nothing_is_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise Unsuited

    monkeypatch.setattr(engine, "proven", refuse)


def bits(run: Run) -> str:
    """The state's digest, but for the name of the engine that computed it."""
    state = run.state()
    return replace(state, facts=state.facts.model_copy(update={"engine": ""})).digest()


def both(steps: int, **changes: Any) -> tuple[Run, Run]:
    """The same job on both engines, after some steps."""
    job = make_job(**changes)
    fast, plain = Run(job), Run(job, fast=False)
    assert type(fast.engine) is Chain
    assert isinstance(plain.engine, Plain)
    assert take(fast, steps) == take(plain, steps)
    return fast, plain


@pytest.mark.slow
@pytest.mark.parametrize("optimizer", textbook.OPTIMIZERS)
@pytest.mark.parametrize("loss", LOSSES)
def test_both_engines_compute_the_same_bits(loss: str, optimizer: str) -> None:
    fast, plain = both(
        100,
        graph=DEEP,
        dataset=GAUSSIANS,
        loss={"kind": loss},
        optimizer=textbook.OPTIMIZERS[optimizer][0],
    )
    assert bits(fast) == bits(plain)


@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("penalty", ["NoPenalty", "L1", "L2"])
@pytest.mark.parametrize("policy", ["full", "minibatch", "single"])
def test_with_any_batch_and_penalty(policy: str, penalty: str, precision: str) -> None:
    fast, plain = both(
        50, batch={"policy": policy}, regulariser={"kind": penalty}, precision=precision
    )
    assert bits(fast) == bits(plain)


def test_a_threshold_unit_learns_the_same() -> None:
    perceptron = graph(linear("output", 1, "x"), activation("step", "Step", "output"))
    fast, plain = both(
        50,
        graph=perceptron,
        loss={"kind": "Perceptron"},
        optimizer={"kind": "Rosenblatt"},
        batch={"policy": "single"},
    )
    assert bits(fast) == bits(plain)


@pytest.mark.parametrize("kind", ["ReLU", "LeakyReLU", "Tanh", "Sigmoid", "GELU", "SiLU", "ELU"])
@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_with_every_activation(kind: str, precision: str) -> None:
    fast, plain = both(60, graph=mlp(kind=kind), precision=precision)
    assert bits(fast) == bits(plain)


def test_pixels_are_laid_out_first() -> None:
    flat = {"id": "flat", "layer": {"kind": "Flatten"}, "inputs": ["x"]}
    pixels = {"inputs": {"x": {"axes": ["H", "W"], "shape": [20, 20]}}}
    network = graph(flat, linear("a", 6, "flat"), activation("t", "Tanh", "a"), linear("b", 1, "t"))
    fast, plain = both(40, graph=network | pixels, dataset={"kind": "Glyphs"})
    assert bits(fast) == bits(plain)


def test_a_state_moves_from_one_engine_to_the_other() -> None:
    for optimizer, _ in textbook.OPTIMIZERS.values():
        fast, plain = both(20, optimizer=optimizer)
        plain.restore(fast.state())
        fast.restore(plain.state())
        assert take(fast, 20) == take(plain, 20)


def branching() -> dict[str, Any]:
    nodes = [linear("a", 3, "x"), linear("b", 3, "a"), activation("sum", "Add", "a")]
    nodes[-1]["inputs"] = ["a", "b"]
    return graph(*nodes, linear("c", 1, "sum"))


def tied() -> dict[str, Any]:
    nodes = linear("a", 2, "x"), linear("b", 2, "a"), linear("c", 1, "b")
    return graph(*nodes) | {"tied": [["a.weight", "b.weight"]]}


UNSUITED: dict[str, dict[str, Any]] = {
    "dropout": {"graph": dropping()},
    "a branch": {"graph": branching()},
    "tied weights": {"graph": tied()},
    "no line first": {"graph": graph(activation("bend", "Tanh", "x"), linear("o", 1, "bend"))},
    "an output on the way": {
        "graph": mlp() | {"outputs": {"y": "hidden"}},
        "dataset": {"kind": "Gaussians", "classes": 5},
    },
}


@pytest.mark.parametrize("changes", UNSUITED.values(), ids=UNSUITED)
def test_what_is_no_simple_chain_takes_the_plain_engine(changes: dict[str, Any]) -> None:
    run = Run(make_job(**changes))
    assert isinstance(run.engine, Plain)
    take(run, 3)


def test_a_layer_without_bias_is_part_of_a_chain() -> None:
    network = mlp()
    network["nodes"][0]["layer"]["bias"] = False
    fast, plain = both(20, graph=network)
    assert bits(fast) == bits(plain)


def test_a_slope_that_is_wrong_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    target = ClassTarget(names=("a", "b"))
    loss = make_job().loss
    assert proven_slope(loss, 1, target) is SLOPES[loss.kind]
    monkeypatch.setitem(SLOPES, loss.kind, lambda y, t, share: (loss.per_example(y, t), y))
    assert proven_slope(loss, 1, target) is None
    assert proven_slope(loss, 1, InputTarget()) is None


def test_every_loss_on_the_shelf_has_its_slope() -> None:
    """Without one a loss still works, by autograd, but slowly: whoever adds a loss decides."""
    two, three = ClassTarget(names=("a", "b")), ClassTarget(names=("a", "b", "c"))
    for kind, loss in LOSSES.items():
        assert proven_slope(loss(kind=kind), 1, two), kind
        assert proven_slope(loss(kind=kind), 3, three), kind
    assert proven_slope(LOSSES["SquaredError"](kind="SquaredError"), 2, RealTarget(width=2))


def test_a_penalty_without_a_slope_is_derived_by_autograd(monkeypatch: pytest.MonkeyPatch) -> None:
    job = make_job(regulariser={"kind": "L2"})
    assert proven_pull(job.regulariser) is PULLS["L2"]
    monkeypatch.setitem(PULLS, "L2", torch.sign)
    assert proven_pull(job.regulariser) is None
    fast, plain = both(50, regulariser={"kind": "L2"})
    assert bits(fast) == bits(plain)


def test_a_loss_without_a_slope_is_derived_by_autograd(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chain, "proven_slope", lambda *_: None)
    fast, plain = both(50)
    assert bits(fast) == bits(plain)


class Twice(Classification):
    """A task of two losses, which are the same."""

    def losses(
        self, outputs: Mapping[str, Tensor], batch: Mapping[str, Tensor], loss: "LossFunction"
    ) -> dict[str, Tensor]:
        return {name: loss(outputs["y"], batch["y"]) for name in ("once", "again")}


def test_a_task_that_does_more_than_ask_for_the_loss_is_derived_by_autograd() -> None:
    job = make_job()
    twice = job.model_copy(update={"task": Twice()})
    fast, plain, once = Run(twice), Run(twice, fast=False), Run(job)
    assert fast.take() == plain.take()
    once.take()
    ours, theirs, half = (run.engine.gradients() for run in (fast, plain, once))
    for name, gradient in ours.items():
        torch.testing.assert_close(gradient, theirs[name])
        torch.testing.assert_close(gradient, 2 * half[name])
