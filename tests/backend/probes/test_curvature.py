"""Sharpness equals the greatest eigenvalue of a Hessian that is written out whole."""

import copy
from typing import Any

import numpy as np
import pytest
import torch

from neurarium.optics.curvature import greatest_eigenvalue, limit, measured
from neurarium.probes.health import Health
from neurarium.training.optimizers.adam import Adam
from neurarium.training.optimizers.sgd import SGD
from tests.backend.probes.runs import Array, chain, graph, make_job, node, preset, seen, weights

SMALL = {"graph": chain(3, 1), "dataset": {"kind": "Circles", "samples": 40}}


def gradient(flat: Array, x: Array, t: Array, decay: float) -> Array:
    """The slope of a 2-3-1 tanh network's mean squared error, by hand; weights count in the penalty, biases do not."""
    w, b, v, c = flat[:6].reshape(3, 2), flat[6:9], flat[9:12], flat[12]
    a = np.tanh(x @ w.T + b)
    error = (a @ v + c - t) / len(t)
    back = np.outer(error, v) * (1 - a**2)
    parts = [back.T @ x + 2 * decay * w, back.sum(0), error @ a + 2 * decay * v, [error.sum()]]
    return np.concatenate([np.ravel(part) for part in parts])


def dense(view: Any, decay: float = 0.0) -> Array:
    """The whole Hessian, by central differences of the slope."""
    known = weights(view)
    flat = np.concatenate([value.ravel() for value in known.values()])
    assert list(known) == ["h0.weight", "h0.bias", "h1.weight", "h1.bias"]
    x, t = view.examples.train.arrays["x"], 2.0 * view.examples.train.arrays["y"] - 1
    step = 1e-5
    columns = [
        (gradient(flat + nudge, x, t, decay) - gradient(flat - nudge, x, t, decay)) / (2 * step)
        for nudge in step * np.eye(len(flat))
    ]
    return np.stack(columns)


@pytest.mark.parametrize("steps", [0, 40, 300])
def test_sharpness_is_the_learning_rate_times_the_greatest_eigenvalue(steps: int) -> None:
    view = seen(make_job(**SMALL), steps)
    found = measured(view)
    expected = np.linalg.eigvalsh(dense(view))[-1]
    assert found is not None
    assert found.eigenvalue == pytest.approx(expected, rel=0.01)
    assert found.value == pytest.approx(0.05 * found.eigenvalue)
    assert found.examples == len(view.examples.train)


def test_the_penalty_bends_the_loss_too() -> None:
    view = seen(make_job(**SMALL, regulariser={"kind": "L2", "strength": 0.5}))
    found = measured(view)
    like = torch.tensor([0.0, 1.0]).double()
    bend = float(view.job.regulariser.penalty([like])) - float(
        view.job.regulariser.penalty([0 * like])
    )
    assert found is not None
    assert found.eigenvalue == pytest.approx(np.linalg.eigvalsh(dense(view, bend))[-1], rel=0.01)


@pytest.mark.parametrize("size", [1, 2, 7, 60])
def test_lanczos_finds_the_greatest_eigenvalue_of_any_symmetric_matrix(size: int) -> None:
    drawn = torch.randn(
        size, size, dtype=torch.float64, generator=torch.Generator().manual_seed(size)
    )
    matrix = drawn + drawn.T
    value, products = greatest_eigenvalue(lambda v: matrix @ v, torch.zeros(size).double())
    expected = float(torch.linalg.eigvalsh(matrix)[-1])
    spread = float(torch.linalg.eigvalsh(matrix).abs().max())
    assert abs(value - expected) <= 0.02 * spread
    assert products <= min(size, 24)


def test_the_greatest_eigenvalue_is_not_the_one_of_greatest_size() -> None:
    matrix = torch.diag(torch.tensor([-50.0, 1.0, 2.0, 3.0])).double()
    value, _ = greatest_eigenvalue(lambda v: matrix @ v, torch.zeros(4).double())
    assert value == pytest.approx(3, rel=0.01)


def test_measuring_twice_gives_the_same_bits() -> None:
    view = seen(make_job(**SMALL))
    again = seen(make_job(**SMALL))
    assert measured(view) == measured(again)


def test_at_most_256_examples_are_asked() -> None:
    found = measured(seen(make_job(dataset={"kind": "Circles", "samples": 900})))
    assert found is not None
    assert found.examples == 256


def test_limits_are_those_of_the_optimiser() -> None:
    assert limit(SGD()) == 2
    assert limit(SGD(momentum=0.9)) == pytest.approx(3.8)
    assert limit(SGD(momentum=0.9, nesterov=True)) == pytest.approx(3.8 / 2.8)
    assert limit(Adam()) is None


@pytest.mark.slow
@pytest.mark.parametrize("momentum", [0.0, 0.9])
@pytest.mark.parametrize("nesterov", [False, True])
def test_torch_keeps_to_the_limits(momentum: float, nesterov: bool) -> None:
    rule = SGD(momentum=momentum, nesterov=nesterov)
    bound = limit(rule)
    assert bound is not None
    reached = []
    for share in (0.98, 1.02):  # of the limit, on a parabola of curvature 1
        w = torch.nn.Parameter(torch.ones(1, dtype=torch.float64))
        optimizer = rule.model_copy(update={"lr": share * bound}).build([w])
        for _ in range(3000):
            optimizer.zero_grad()
            (w**2 / 2).sum().backward()
            optimizer.step()
        reached.append(abs(w.item()))
    assert reached[0] < 1e-3
    assert reached[1] > 1e3


def test_curvature_may_be_measured_at_a_slower_pace() -> None:
    job = make_job(**SMALL)
    from tests.backend.probes.runs import trained

    timeline = trained(job, 3)
    first = Health(curvature=10).look(timeline.run.view()).details
    timeline.take(observe=True)
    second = Health(curvature=10).look(timeline.run.view()).details
    third = Health(curvature=0).look(timeline.run.view()).details
    assert (first["measured"], second["measured"], third["measured"]) == (3, 3, 4)
    assert second["eigenvalue"] == first["eigenvalue"] != third["eigenvalue"]
    assert Health(curvature=None).look(timeline.run.view()).details["sharpness"] is None


def test_an_edited_weight_is_measured_anew_at_the_same_step() -> None:
    view = seen(make_job(**SMALL))
    before = measured(view, 100)
    with torch.no_grad():
        view.network.get_parameter("h1.weight")[0, 0] += 3
    after = measured(view, 100)
    assert before is not None
    assert after is not None
    assert after.eigenvalue != before.eigenvalue


def test_a_staircase_has_a_sharpness_or_says_that_it_has_none() -> None:
    details = Health().look(seen(preset("perceptron-and"))).details
    assert details["sharpness"] is None or np.isfinite(details["sharpness"])


def test_recurrent_layers_are_measured_too() -> None:
    """The oracle is differences of slopes, which torch's kernel finds in float64."""
    nodes = [
        node("rows", "Reshape", "x", shape=[2, 1], axes=["T", "D"]),
        node("memory", "LSTM", "rows", hidden_size=2),
        node("output", "Linear", "memory:state", out_features=1),
    ]
    view = seen(make_job(engine="plain", graph=graph(nodes), dataset=SMALL["dataset"]), 30)
    found = measured(view)
    network = copy.deepcopy(view.network).double()
    learned = list(network.parameters())
    batch = {
        name: torch.as_tensor(array).double() for name, array in view.examples.train.arrays.items()
    }
    flat = torch.nn.utils.parameters_to_vector(learned).detach()

    def slope(at: torch.Tensor) -> torch.Tensor:
        torch.nn.utils.vector_to_parameters(at, learned)
        error = network({"x": batch["x"]})["y"][:, 0] - (2 * batch["y"] - 1)
        grads = torch.autograd.grad(error.square().mean() / 2, learned)
        return torch.cat([each.reshape(-1) for each in grads])

    step = 1e-5
    nudges = step * torch.eye(len(flat), dtype=torch.float64)
    columns = [(slope(flat + nudge) - slope(flat - nudge)) / (2 * step) for nudge in nudges]
    greatest = torch.linalg.eigvalsh(torch.stack(columns))[-1]
    assert found is not None
    assert found.eigenvalue == pytest.approx(float(greatest), rel=0.01)
