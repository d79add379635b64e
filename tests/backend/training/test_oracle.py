"""Gradients and steps of a whole run equal plain torch in float64, for every loss, optimiser and penalty."""

import pytest
import torch
from torch import Tensor

from neurarium.tasks import TASKS
from neurarium.training.engine.chain import Chain
from neurarium.training.losses import LOSSES
from neurarium.training.optimizers import OPTIMIZERS
from neurarium.training.regularisers import REGULARISERS
from neurarium.training.run import Run
from tests.backend.training import textbook
from tests.backend.training.jobs import make_job, mlp

STEPS = 3
DATA = {
    "one unit": ({"kind": "Xor", "samples": 40}, {"kind": "Classification"}, 1),
    "three classes": (
        {"kind": "Gaussians", "samples": 40, "classes": 3},
        {"kind": "Classification"},
        3,
    ),
    "real": ({"kind": "Surface", "samples": 40}, {"kind": "Regression"}, 1),
}

PAIRS = [
    (data, loss)
    for data, (_, task, _) in DATA.items()
    for loss in TASKS[task["kind"]].losses_offered
]


def check(run: Run, bend: str, loss: str, optimizer: str, penalty: str = "NoPenalty") -> None:
    """Train the run beside plain torch that starts with the same weights, on the same examples."""
    names = ["hidden.weight", "hidden.bias", "output.weight", "output.bias"]
    start = dict(run.network.named_parameters())
    ours = [start[name] for name in names]
    w1, b1, w2, b2 = theirs = [value.detach().clone().requires_grad_() for value in ours]
    stepper = textbook.OPTIMIZERS[optimizer][1](theirs)
    train = run.examples.train
    rows = {int(point): row for row, point in enumerate(train.ids)}
    for _ in range(STEPS):
        report = run.take(observe=True)
        seen = run.observation
        assert seen is not None
        chosen = [rows[int(point)] for point in seen.ids]
        x, t = (torch.from_numpy(train.arrays[name][chosen]) for name in ("x", "y"))
        y = textbook.BENDS[bend](x @ w1.T + b1) @ w2.T + b2
        losses = textbook.LOSSES[loss](y, t)
        omega = textbook.PENALTIES[penalty]([w1, w2])
        stepper.zero_grad()
        (losses.mean() + omega).backward()
        before = [value.detach().clone() for value in theirs]
        stepper.step()
        near(torch.from_numpy(seen.losses), losses)
        near(torch.tensor(report.loss, dtype=torch.float64), losses.mean())
        near(torch.tensor(report.penalty, dtype=torch.float64), omega)
        for name, our, their, old in zip(names, ours, theirs, before, strict=True):
            near(seen.gradients[name], their.grad)
            near(seen.updates[name], their - old)
            near(our, their)


def near(ours: Tensor, theirs: Tensor | None) -> None:
    assert theirs is not None
    torch.testing.assert_close(ours.double(), theirs.double(), rtol=1e-10, atol=1e-10)


def make_run(
    data: str,
    bend: str,
    loss: str,
    optimizer: str,
    penalty: str = "NoPenalty",
    *,
    fast: bool = True,
) -> Run:
    dataset, task, outputs = DATA[data]
    strength = {} if penalty == "NoPenalty" else {"strength": 0.01}
    return Run(
        make_job(
            graph=mlp(outputs, bend),
            dataset=dataset,
            task=task,
            loss={"kind": loss},
            optimizer=textbook.OPTIMIZERS[optimizer][0],
            regulariser={"kind": penalty, **strength},
            precision="float64",
        ),
        fast=fast,
    )


@pytest.mark.parametrize("fast", [True, False])
@pytest.mark.parametrize("optimizer", textbook.OPTIMIZERS)
@pytest.mark.parametrize(("data", "loss"), PAIRS)
def test_every_loss_with_every_optimizer(data: str, loss: str, optimizer: str, fast: bool) -> None:
    run = make_run(data, "Tanh", loss, optimizer, fast=fast)
    assert isinstance(run.engine, Chain) == fast
    check(run, "Tanh", loss, optimizer)


@pytest.mark.parametrize("bend", textbook.BENDS)
@pytest.mark.parametrize("penalty", REGULARISERS)
def test_every_penalty(penalty: str, bend: str) -> None:
    run = make_run("one unit", bend, "CrossEntropy", "momentum", penalty)
    check(run, bend, "CrossEntropy", "momentum", penalty)


def test_the_textbook_knows_the_whole_shelf() -> None:
    assert set(textbook.LOSSES) == set(LOSSES) == {loss for _, loss in PAIRS}
    assert set(textbook.PENALTIES) == set(REGULARISERS)
    assert {settings["kind"] for settings, _ in textbook.OPTIMIZERS.values()} == set(OPTIMIZERS)
