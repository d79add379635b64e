"""A run that leaves the finite numbers stops before the step, says where it began, and what would help."""

import json

import pytest
import torch

from neurarium.training.command import Change
from neurarium.training.divergence import Cause, Diverged, find_cause
from neurarium.training.run import Run
from tests.backend.training.jobs import activation, graph, linear, make_job, mlp, take

WILD = {"kind": "SGD", "lr": 1e6}
SQUARED = {"kind": "SquaredError"}


def wild() -> Run:
    deep = graph(linear("a", 4, "x"), linear("b", 4, "a"), linear("c", 1, "b"))
    return Run(make_job(graph=deep, loss=SQUARED, optimizer=WILD))


def diverge(run: Run) -> Diverged:
    try:
        take(run, 200)
    except Diverged as divergence:
        return divergence
    pytest.fail("All numbers stayed finite.")


@pytest.mark.parametrize("fast", [True, False])
def test_a_rate_far_too_high_is_found_within_some_steps(fast: bool) -> None:
    run = Run(make_job(graph=mlp(kind="ReLU"), loss=SQUARED, optimizer=WILD), fast=fast)
    divergence = diverge(run)
    assert divergence.step == run.step < 20
    assert divergence.values["suggested"] == 250_000
    assert divergence.values["node"] in {"hidden", "bend", "output", ""}
    json.dumps(divergence.values, allow_nan=False)
    assert "try 2.5e+05" in str(divergence)


def test_the_step_is_not_taken() -> None:
    run = wild()
    while True:
        before = run.state()
        try:
            run.take()
        except Diverged:
            break
    after = run.state()
    assert after.digest() == before.digest()
    assert after.facts.step == before.facts.step


def test_it_may_go_on_with_another_rate() -> None:
    run = Run(make_job(graph=mlp(kind="ReLU"), loss=SQUARED))
    run.take()
    good = run.state()
    run.apply(Change(changes={"optimizer": WILD}))
    divergence = diverge(run)
    run.restore(good)
    run.apply(Change(changes={"optimizer.lr": divergence.values["suggested"]}))
    assert diverge(run).values["suggested"] == 62_500


@pytest.mark.parametrize(
    ("parameter", "value", "expected"),
    [
        ("b.weight", float("nan"), Cause("parameter", "b")),
        ("c.bias", float("inf"), Cause("parameter", "c")),
        ("b.weight", 3e38, Cause("output", "b")),
        ("c.bias", 3e38, Cause("loss")),
    ],
)
def test_the_first_place_is_found(parameter: str, value: float, expected: Cause) -> None:
    run = wild()
    with torch.no_grad():
        run.network.get_parameter(parameter).fill_(value)
    for size in ("a.weight", "c.weight"):
        if size != parameter:
            with torch.no_grad():
                run.network.get_parameter(size).fill_(1.5)
    batch = run.stream.peek(16).tensors
    assert find_cause(run.network, batch) == expected
    if expected.kind == "loss":
        assert diverge(run).key == "diverged.loss"


def test_a_penalty_that_overflows_counts_too() -> None:
    bent = graph(linear("a", 4, "x"), activation("t", "Tanh", "a"), linear("b", 1, "t"))
    run = Run(make_job(graph=bent, regulariser={"kind": "L2", "strength": 1}))
    with torch.no_grad():
        run.network.get_parameter("a.weight").fill_(1e30)
    assert diverge(run).step == 0
