"""One contract for the shelf of losses, and every loss by itself against plain torch and finite differences."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
import torch
from pydantic import TypeAdapter
from torch import Tensor
from torch.nn import functional as F

from neurarium.training.loss import Loss
from neurarium.training.losses import LOSSES, AnyLoss

ADAPTER: TypeAdapter[Loss] = TypeAdapter(AnyLoss)
EXAMPLES, REPLICAS = 6, 3


def make(kind: str) -> Loss:
    return ADAPTER.validate_python({"kind": kind})


def output(units: int, *leading: int) -> Tensor:
    generator = torch.Generator().manual_seed(units)
    return 2 * torch.randn(*leading, EXAMPLES, units, generator=generator, dtype=torch.float64)


def classes(units: int) -> Tensor:
    return torch.arange(EXAMPLES) % max(units, 2)


def t(units: int) -> Tensor:
    """The class targets as -1 and +1, by hand."""
    if units == 1:
        return torch.tensor([[-1.0], [1.0]] * (EXAMPLES // 2), dtype=torch.float64)
    signs = torch.full((EXAMPLES, units), -1.0, dtype=torch.float64)
    signs[torch.arange(EXAMPLES), classes(units)] = 1.0
    return signs


def crammer_singer(y: Tensor, right: Tensor) -> Tensor:
    rows = []
    for row, k in zip(y, right.tolist(), strict=True):
        rivals = [row[j] for j in range(len(row)) if j != k]
        rows.append(F.relu(1 + torch.stack(rivals).max() - row[k]))
    return torch.stack(rows)


PLAIN: dict[tuple[str, bool], Callable[[Tensor, int], Tensor]] = {
    ("SquaredError", True): lambda y, n: F.mse_loss(y, t(n), reduction="none")[:, 0] / 2,
    ("SquaredError", False): lambda y, n: F.mse_loss(y, t(n), reduction="none").sum(1) / 2,
    ("Hinge", True): lambda y, n: F.relu(1 - t(n) * y)[:, 0],
    ("Hinge", False): lambda y, n: crammer_singer(y, classes(n)),
    ("Perceptron", True): lambda y, n: F.relu(-t(n) * y)[:, 0],
    ("Perceptron", False): lambda y, n: F.relu(-t(n) * y).sum(1),
    ("CrossEntropy", True): lambda y, n: F.soft_margin_loss(y, t(n), reduction="none")[:, 0],
    ("CrossEntropy", False): lambda y, n: F.cross_entropy(y, classes(n), reduction="none"),
}
"""By kind, and whether there is one unit."""


def gradient(loss: Tensor, y: Tensor) -> Tensor:
    (found,) = torch.autograd.grad(loss.sum(), y)
    return found


def tight(ours: Tensor, theirs: Tensor) -> None:
    torch.testing.assert_close(ours, theirs, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("kind", LOSSES)
def test_an_entry_is_explained(kind: str) -> None:
    loss = LOSSES[kind]
    assert loss.__doc__
    assert len(loss.__doc__.split()) >= 10
    assert loss.title
    assert "y" in loss.formula
    assert kind == loss.__name__
    assert all(field.description or name == "kind" for name, field in loss.model_fields.items())
    assert ADAPTER.validate_json(make(kind).model_dump_json()) == make(kind)


def test_the_oracle_knows_the_whole_shelf() -> None:
    assert {kind for kind, _ in PLAIN} == set(LOSSES)


@pytest.mark.parametrize("units", [1, 2, 5])
@pytest.mark.parametrize("kind", LOSSES)
def test_equals_plain_torch(kind: str, units: int) -> None:
    ours, theirs = (output(units).requires_grad_() for _ in range(2))
    loss = make(kind).per_example(ours, classes(units))
    plain = PLAIN[kind, units == 1](theirs, units)
    assert loss.shape == (EXAMPLES,)
    tight(loss, plain)
    tight(gradient(loss, ours), gradient(plain, theirs))


@pytest.mark.parametrize("units", [1, 2, 5])
@pytest.mark.parametrize("kind", LOSSES)
def test_the_gradient_is_that_of_finite_differences(kind: str, units: int) -> None:
    loss = make(kind)
    torch.autograd.gradcheck(
        lambda y: loss.per_example(y, classes(units)), output(units).requires_grad_()
    )


@pytest.mark.parametrize("width", [1, 3])
def test_squared_error_of_numbers(width: int) -> None:
    y, target = output(width).requires_grad_(), output(width, 1)[0].flip(0)
    loss = make("SquaredError").per_example(y, target)
    tight(loss, ((y - target) ** 2).sum(1) / 2)
    tight(gradient(loss, y), y.detach() - target)


@pytest.mark.parametrize("own_targets", [False, True])
@pytest.mark.parametrize("units", [1, 4])
@pytest.mark.parametrize("kind", LOSSES)
def test_replicas_are_computed_as_if_each_were_alone(
    kind: str, units: int, own_targets: bool
) -> None:
    loss, y, target = make(kind), output(units, REPLICAS), classes(units)
    targets = target.expand(REPLICAS, EXAMPLES) if own_targets else target
    together = loss.per_example(y, targets)
    assert together.shape == (REPLICAS, EXAMPLES)
    for replica in range(REPLICAS):
        assert torch.equal(together[replica], loss.per_example(y[replica], target))


@pytest.mark.parametrize("kind", LOSSES)
def test_outputs_far_away_give_finite_losses(kind: str) -> None:
    for units in (1, 3):
        y = (1e4 * output(units)).float().requires_grad_()
        loss = make(kind).per_example(y, classes(units))
        assert torch.isfinite(loss).all()
        assert (loss >= 0).all()
        assert torch.isfinite(gradient(loss, y)).all()


@pytest.mark.parametrize("units", [1, 2, 5])
@pytest.mark.parametrize("kind", LOSSES)
def test_probabilities_are_some_and_agree_with_the_answer(kind: str, units: int) -> None:
    for y in (output(units), output(units, REPLICAS), torch.full((EXAMPLES, units), -3.0)):
        share = make(kind).probabilities(y)
        assert share.shape == (*y.shape[:-1], max(units, 2))
        torch.testing.assert_close(share.sum(-1), torch.ones_like(share[..., 0]))
        assert (share >= 0).all()
        answer = (y[..., 0] >= 0).long() if units == 1 else y.argmax(-1)
        said = share.gather(-1, answer[..., None])[..., 0]
        torch.testing.assert_close(said, share.amax(-1))


@pytest.mark.parametrize("p", [0.1, 0.35, 0.8])
@pytest.mark.parametrize("kind", LOSSES)
def test_probabilities_are_those_for_which_the_loss_is_least(kind: str, p: float) -> None:
    """One input that is +1 with probability p: try outputs, take the best one, and read it."""
    tried = torch.linspace(-6, 6, 2401, dtype=torch.float64)[:, None]
    loss = make(kind)
    risk = p * loss.per_example(tried, torch.ones(2401, dtype=torch.int64)) + (
        1 - p
    ) * loss.per_example(tried, torch.zeros(2401, dtype=torch.int64))
    best = tried[risk.argmin()]
    if kind == "Perceptron":
        return  # least at 0, whatever p is: it asks for nothing but the side
    expected = float(p > 0.5) if kind == "Hinge" else p
    assert loss.probabilities(best[None])[0, 1].item() == pytest.approx(expected, abs=2e-3)


def test_cross_entropy_never_rounds_a_probability_to_nothing() -> None:
    share = make("CrossEntropy").probabilities(torch.tensor([[40.0]], dtype=torch.float64))
    assert 0 < share[0, 0] < 1e-17


def test_hinge_pulls_no_more_beyond_the_margin() -> None:
    y = torch.tensor([[1.01], [0.99], [-1.01], [-0.99]], requires_grad=True)
    loss = make("Hinge").per_example(y, torch.tensor([1, 1, 0, 0]))
    assert gradient(loss, y).flatten().tolist() == [0, -1, 0, 1]


def test_on_the_line_is_a_mistake() -> None:
    """Else a perceptron whose weights are all 0 would never begin."""
    y = torch.zeros(2, 1, requires_grad=True)
    loss = make("Perceptron").per_example(y, torch.tensor([0, 1]))
    assert loss.tolist() == [0, 0]
    assert gradient(loss, y).flatten().tolist() == [1, -1]


def test_losses_order_margins_as_the_lecture_draws_them() -> None:
    """Over t·y: hinge and mistakes are straight, squared error turns up again, cross-entropy always falls."""
    y = torch.linspace(-2, 3, 501, dtype=torch.float64)[:, None]
    target = torch.ones(501, dtype=torch.int64)
    curves = {kind: make(kind).per_example(y, target).numpy() for kind in LOSSES}
    assert np.all(curves["Hinge"] >= curves["Perceptron"])
    assert all(after < before for before, after in pairwise(curves["CrossEntropy"].tolist()))
    assert curves["SquaredError"].argmin() == 300
    assert np.all(curves["Hinge"][300:] == 0)
