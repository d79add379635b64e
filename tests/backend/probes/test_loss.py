"""The loss as a curve: heights and slopes equal formulas written out here."""

from collections.abc import Callable

import numpy as np
import pytest

from neurarium.probes.loss import Loss
from tests.backend.probes.runs import Array, array, everything, forward, make_job, preset, seen


def sigmoid(z: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-z)))


FORMULAS: dict[str, tuple[Callable[..., Array], Callable[..., Array]]] = {
    "SquaredError": (lambda y, t: (y - t) ** 2 / 2, lambda y, t: y - t),
    "CrossEntropy": (lambda y, t: -np.log(sigmoid(t * y)), lambda y, t: -t * sigmoid(-t * y)),
    "Hinge": (lambda y, t: np.maximum(0, 1 - t * y), lambda y, t: np.where(t * y < 1, -t, 0)),
}


@pytest.mark.parametrize("kind", FORMULAS)
def test_one_unit_has_a_curve_for_each_class(kind: str) -> None:
    view = seen(make_job(loss={"kind": kind}))
    frame = Loss().look(view)
    height, slope = FORMULAS[kind]
    y = array(frame, "y")
    assert len(y) == 121
    for label, t in ((0, -1), (1, 1)):
        np.testing.assert_allclose(array(frame, "loss")[label], height(y, t), atol=1e-9)
        np.testing.assert_allclose(array(frame, "slope")[label], slope(y, t), atol=1e-9)


@pytest.mark.parametrize("kind", FORMULAS)
def test_every_training_example_rides_on_its_curve(kind: str) -> None:
    view = seen(make_job(loss={"kind": kind}))
    frame = Loss().look(view)
    count = len(view.examples.train)
    y = forward(view, everything(view, "x"))["h2"][:count, 0]
    t = 2 * view.examples.train.arrays["y"] - 1
    np.testing.assert_allclose(array(frame, "output"), y, atol=1e-12)
    np.testing.assert_allclose(array(frame, "cost"), FORMULAS[kind][0](y, t), atol=1e-9)
    assert frame.details["exact"]


def test_the_tangent_at_the_pinned_example_is_the_gradient_it_sends_back() -> None:
    view = seen()
    row = 11
    frame = Loss(example=int(view.examples.train.ids[row])).look(view)
    y = forward(view, view.examples.train.arrays["x"][row])["h2"][0]
    t = 2 * view.examples.train.arrays["y"][row] - 1
    assert frame.details["pinned"] == view.examples.train.arrays["y"][row]
    assert frame.details["output"] == pytest.approx(y)
    assert frame.details["slope"] == pytest.approx(y - t)


def test_hinge_counts_the_points_that_pull_no_more() -> None:
    view = seen(make_job(loss={"kind": "Hinge"}), steps=300)
    reading = Loss().look(view).reading
    count = len(view.examples.train)
    y = forward(view, everything(view, "x"))["h2"][:count, 0]
    t = 2 * view.examples.train.arrays["y"] - 1
    assert reading is not None
    assert reading.key == "loss.idle"
    assert reading.values["idle"] == (t * y >= 1).sum()


def test_with_several_classes_the_right_output_moves_alone() -> None:
    view = seen(preset("mlp-blobs", precision="float64"), steps=20)
    row = 3
    frame = Loss(example=int(view.examples.train.ids[row])).look(view)
    y = view.network(view.inputs(view.examples.train.arrays))["y"].detach().numpy()
    label = view.examples.train.arrays["y"]
    moved = np.repeat(y[row : row + 1], 121, axis=0)
    moved[:, label[row]] = array(frame, "y")
    expected = -np.log(np.exp(moved[:, label[row]]) / np.exp(moved).sum(axis=1))
    np.testing.assert_allclose(array(frame, "loss"), expected[None], atol=1e-9)
    np.testing.assert_allclose(array(frame, "output"), y[np.arange(len(y)), label], atol=1e-12)
    assert not frame.details["exact"]


def test_numbers_have_the_curve_of_the_pinned_target() -> None:
    view = seen(preset("mlp-regression", precision="float64"))
    frame = Loss().look(view)
    target = view.examples.validation.arrays["y"][0, 0]
    np.testing.assert_allclose(array(frame, "loss")[0], (array(frame, "y") - target) ** 2 / 2)
