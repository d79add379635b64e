"""One contract for the shelf of optimisers, and the settings of each against torch.optim and the papers' formulas."""

from typing import Any

import numpy as np
import pytest
import torch
from pydantic import TypeAdapter, ValidationError
from torch import nn, optim

from neurarium.dataset import Numbers
from neurarium.training.bare import step_of
from neurarium.training.optimizer import Optimizer
from neurarium.training.optimizers import OPTIMIZERS, AnyOptimizer
from neurarium.training.run import Run
from neurarium_models.preset import PRESETS
from tests.backend.training.jobs import make_job

ADAPTER: TypeAdapter[Optimizer] = TypeAdapter(AnyOptimizer)
SETTINGS: list[dict[str, Any]] = [
    {"kind": "SGD", "lr": 0.2},
    {"kind": "SGD", "lr": 0.2, "momentum": 0.9},
    {"kind": "SGD", "lr": 0.2, "momentum": 0.8, "nesterov": True},
    {"kind": "SGD", "nesterov": True},
    {"kind": "RMSprop", "lr": 0.02, "alpha": 0.9},
    {"kind": "Adam", "lr": 0.02, "beta1": 0.8, "beta2": 0.99},
    {"kind": "AdamW", "lr": 0.02, "weight_decay": 0.1},
    {"kind": "Rosenblatt", "lr": 0.5},
]


def make(settings: dict[str, Any]) -> Optimizer:
    return ADAPTER.validate_python(settings)


@pytest.mark.parametrize("kind", OPTIMIZERS)
def test_an_entry_is_explained(kind: str) -> None:
    optimizer = OPTIMIZERS[kind]
    assert optimizer.__doc__
    assert len(optimizer.__doc__.split()) >= 10
    assert optimizer.title
    assert kind == optimizer.__name__
    for name, field in optimizer.model_fields.items():
        assert field.description or name == "kind", name
    made = make({"kind": kind})
    assert ADAPTER.validate_json(made.model_dump_json()) == made
    for settings in optimizer.variants.values():
        make({"kind": kind, **settings})


@pytest.mark.parametrize("kind", OPTIMIZERS)
@pytest.mark.parametrize("lr", [-0.1, float("nan"), float("inf"), 1e7])
def test_the_learning_rate_has_bounds(kind: str, lr: float) -> None:
    with pytest.raises(ValidationError):
        make({"kind": kind, "lr": lr})


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_a_step_without_wrappers_is_the_same_step(settings: dict[str, Any]) -> None:
    parameters = [nn.Parameter(torch.linspace(-1, 2, 7)) for _ in "ab"]
    bare, wrapped = (make(settings).build([each]) for each in parameters)
    for step in range(4):
        for each in parameters:
            each.grad = torch.cos(torch.arange(7) + step)
        step_of(bare)()
        wrapped.step()
        assert torch.equal(*parameters)
        for left, right in zip(bare.state.values(), wrapped.state.values(), strict=True):
            assert all(
                torch.equal(torch.as_tensor(left[k]), torch.as_tensor(right[k])) for k in right
            )
    assert parameters[0].grad_fn is None


def descend(optimizer: optim.Optimizer, weights: nn.Parameter, steps: int) -> list[list[float]]:
    """Walk down a bowl that is ten times as steep one way as the other; remember each place."""
    places = []
    for _ in range(steps):
        optimizer.zero_grad()
        (weights.square() * torch.tensor([0.5, 5.0], dtype=torch.float64)).sum().backward()
        optimizer.step()
        places.append(weights.detach().tolist())
    return places


def by_hand(settings: dict[str, Any], steps: int) -> list[list[float]]:
    """The same walk after the papers, in NumPy."""
    w, v, s = np.array([1.0, -1.0]), np.zeros(2), np.zeros(2)
    lr, kind = settings.get("lr", 0.1), settings["kind"]
    b1, b2 = settings.get("beta1", 0.9), settings.get("beta2", 0.999)
    beta, places = settings.get("momentum", 0.0), []
    for step in range(1, steps + 1):
        g = w * (1.0, 10.0)
        if kind in {"SGD", "Rosenblatt"}:
            v = beta * v + g
            w = w - lr * (g + beta * v if settings.get("nesterov") else v)
        elif kind == "RMSprop":
            s = settings["alpha"] * s + (1 - settings["alpha"]) * g**2
            w = w - lr * g / (np.sqrt(s) + 1e-8)
        else:
            v, s = b1 * v + (1 - b1) * g, b2 * s + (1 - b2) * g**2
            move = v / (1 - b1**step) / (np.sqrt(s / (1 - b2**step)) + 1e-8)
            w = w - lr * settings.get("weight_decay", 0.0) * w - lr * move
        places.append(w.tolist())
    return places


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_steps_are_those_of_the_papers(settings: dict[str, Any]) -> None:
    weights = nn.Parameter(torch.tensor([1.0, -1.0], dtype=torch.float64))
    walked = descend(make(settings).build([weights]), weights, 8)
    np.testing.assert_allclose(walked, by_hand(settings, 8), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_one_vector_of_all_parameters_gets_the_same_bits(settings: dict[str, Any]) -> None:
    """What lets an engine keep all parameters of a small network in one vector."""
    generator = torch.Generator().manual_seed(0)
    shapes = [(4, 2), (4,), (4, 4), (4,), (1, 4), (1,)]
    parts = [nn.Parameter(torch.randn(shape, generator=generator)) for shape in shapes]
    whole = nn.Parameter(torch.cat([part.detach().flatten() for part in parts]))
    optimizers = make(settings).build(parts), make(settings).build([whole])
    for _ in range(50):
        for part in parts:
            part.grad = torch.randn(part.shape, generator=generator)
        whole.grad = torch.cat([part.grad.flatten() for part in parts if part.grad is not None])
        for optimizer in optimizers:
            optimizer.step()
    assert torch.equal(torch.cat([part.detach().flatten() for part in parts]), whole.detach())


def perceptron(
    x: Numbers, t: float, w: Numbers, b: float, eta: float
) -> tuple[Numbers, float, bool]:
    """Rosenblatt's rule for one example, as it stands in books: w ← w + η/2 (t - y) x."""
    y = 1.0 if w @ x + b >= 0 else -1.0
    return w + eta / 2 * (t - y) * x, b + eta / 2 * (t - y), y != t


@pytest.mark.parametrize("eta", [1.0, 0.25])
@pytest.mark.parametrize("preset", ["perceptron-and", "perceptron-xor", "perceptron-mark1"])
def test_rosenblatts_rule_is_that_of_the_book_bit_for_bit(preset: str, eta: float) -> None:
    """A run with a threshold unit, in float64, beside a perceptron written in NumPy."""
    document = PRESETS[preset].job
    assert document is not None
    job = make_job(graph=PRESETS[preset].graph, precision="float64", **document)
    run = Run(job.model_copy(update={"optimizer": make({"kind": "Rosenblatt", "lr": eta})}))
    assert job.optimizer.kind == "Rosenblatt"
    weight, bias = dict(run.network.named_parameters()).values()
    w, b = weight.detach()[0].numpy().copy(), bias.item()
    train, mistakes = run.examples.train, 0
    rows = {int(id): row for row, id in enumerate(train.ids)}
    for _ in range(400):
        report = run.take(observe=True)
        assert run.observation is not None
        row = rows[int(run.observation.ids[0])]
        x, t = train.arrays["x"][row].ravel(), 2.0 * int(train.arrays["y"][row]) - 1
        w, b, wrong = perceptron(x, t, w, b, eta)
        mistakes += wrong
        assert report.loss == float(wrong)
        assert np.array_equal(weight.detach()[0].numpy(), w)
        assert bias.item() == b
    assert 0 < mistakes < 400


@pytest.mark.slow
def test_rosenblatts_rule_solves_what_a_line_can_part_and_circles_for_ever_where_none_can() -> None:
    """The three jobs differ in the gate alone; an epoch has four steps."""
    documents = {gate: PRESETS[f"perceptron-{gate}"].job for gate in ("and", "or", "xor")}
    stripped = [
        {**document, "dataset": {**document["dataset"], "gate": None}}
        for document in documents.values()
        if document is not None
    ]
    assert stripped[0] == stripped[1] == stripped[2]
    for gate, document in documents.items():
        for seed in range(10):
            run = Run(
                make_job(
                    graph=PRESETS[f"perceptron-{gate}"].graph, **{**(document or {}), "seed": seed}
                )
            )
            epochs = 0
            while run.evaluate()["train_accuracy"] < 1 and epochs < 100:
                list(run.advance("epoch"))
                epochs += 1
            assert epochs <= 10 if gate != "xor" else epochs == 100
