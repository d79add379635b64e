"""One contract for the shelf of regularisers, and what each does to weights."""

import pytest
import torch
from pydantic import TypeAdapter, ValidationError
from torch import Tensor

from neurarium.training.regulariser import Regulariser
from neurarium.training.regularisers import REGULARISERS, AnyRegulariser

ADAPTER: TypeAdapter[Regulariser] = TypeAdapter(AnyRegulariser)


def make(kind: str, strength: float = 0.3) -> Regulariser:
    return ADAPTER.validate_python({"kind": kind, "strength": strength})


def weights() -> list[Tensor]:
    generator = torch.Generator().manual_seed(0)
    shapes = [(4, 2), (3, 4), (2, 3, 3)]
    return [
        torch.randn(shape, generator=generator, dtype=torch.float64).requires_grad_()
        for shape in shapes
    ]


@pytest.mark.parametrize("kind", REGULARISERS)
def test_an_entry_is_explained(kind: str) -> None:
    regulariser = REGULARISERS[kind]
    assert regulariser.__doc__
    assert len(regulariser.__doc__.split()) >= 6
    assert regulariser.title
    assert regulariser.formula
    assert kind == regulariser.__name__
    for name, field in regulariser.model_fields.items():
        assert field.description or name == "kind", name
    assert ADAPTER.validate_json(make(kind).model_dump_json()) == make(kind)


@pytest.mark.parametrize("kind", REGULARISERS)
@pytest.mark.parametrize("strength", [-1.0, float("nan"), 1e7])
def test_the_strength_has_bounds(kind: str, strength: float) -> None:
    with pytest.raises(ValidationError):
        make(kind, strength)


def test_penalties_are_those_of_the_lecture() -> None:
    values = weights()
    flat = torch.cat([value.detach().flatten() for value in values])
    assert make("NoPenalty").penalty(values).item() == 0
    torch.testing.assert_close(make("L1").penalty(values).detach(), 0.3 * flat.norm(1))
    torch.testing.assert_close(make("L2").penalty(values).detach(), 0.3 * flat.norm(2) ** 2 / 2)


def test_l1_pulls_all_alike_and_l2_in_proportion() -> None:
    for kind, pull in (("L1", torch.sign), ("L2", lambda value: value)):
        values = weights()
        found = torch.autograd.grad(make(kind).penalty(values), values)
        for value, gradient in zip(values, found, strict=True):
            torch.testing.assert_close(gradient, 0.3 * pull(value.detach()), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("kind", REGULARISERS)
def test_a_network_without_weights_pays_nothing(kind: str) -> None:
    assert make(kind).penalty([]).item() == 0


def test_l1_sets_useless_inputs_aside_and_l2_does_not() -> None:
    """Two of 22 inputs matter. Without penalty, with L2, with L1: how many weights end next to zero?"""
    generator = torch.Generator().manual_seed(0)
    true = torch.zeros(22)
    true[:2] = torch.tensor([1.5, -2.0])
    x = torch.randn(60, 22, generator=generator)
    y = x @ true + 0.5 * torch.randn(60, generator=generator)
    near_zero = {}
    for kind, strength in (("NoPenalty", 0.0), ("L2", 0.2), ("L1", 0.2)):
        w = torch.zeros(22, requires_grad=True)
        stepper = torch.optim.SGD([w], lr=0.05)
        for _ in range(600):
            stepper.zero_grad()
            penalty = make(kind, strength).penalty([w])
            ((x @ w - y).square().mean() / 2 + penalty).backward()
            stepper.step()
        near_zero[kind] = int((w.abs() < 0.02).sum())
    assert near_zero["L1"] >= 12
    assert near_zero["L2"] <= 6
    assert near_zero["NoPenalty"] <= 6
