"""Gradients equal finite differences of a loss that NumPy computes."""

import numpy as np
import pytest

from neurarium.probe import symmetric
from neurarium.probes.grad import Grad
from neurarium.training.view import View
from tests.backend.probes.runs import (
    CURVES,
    Array,
    array,
    chain,
    found,
    make_job,
    preset,
    seen,
    weights,
)

NUDGE = 1e-6


def loss_from(view: View, layer: int, a: Array, t: float, kind: str = "Tanh") -> float:
    """The squared error if the output of a stage were `a`."""
    known = weights(view)
    layers = sum(name.endswith(".weight") for name in known)
    for number in range(layer + 1, layers):
        a = known[f"h{number}.weight"] @ a + known[f"h{number}.bias"]
        a = CURVES[kind](a) if number < layers - 1 else a
    return float(np.sum((a - t) ** 2) / 2)


def differences(view: View, layer: int, x: Array, t: float, kind: str = "Tanh") -> Array:
    """The slope of the loss at the output of a stage, by central differences."""
    known, a = weights(view), x
    layers = sum(name.endswith(".weight") for name in known)
    for number in range(layer + 1):
        a = known[f"h{number}.weight"] @ a + known[f"h{number}.bias"]
        a = CURVES[kind](a) if number < layers - 1 else a
    slopes = []
    for unit in range(len(a)):
        nudge = NUDGE * np.eye(len(a))[unit]
        up, down = (loss_from(view, layer, a + sign * nudge, t, kind) for sign in (1, -1))
        slopes.append((up - down) / (2 * NUDGE))
    return np.array(slopes)


@pytest.mark.parametrize("kind", ["Tanh", "Sigmoid", "ReLU"])
def test_grad_is_the_slope_of_the_pinned_examples_loss(kind: str) -> None:
    view = seen(make_job(graph=chain(4, 3, 1, kind=kind)))
    row = 7
    frame = Grad(example=int(view.examples.train.ids[row])).look(view)
    x = view.examples.train.arrays["x"][row]
    t = 2.0 * view.examples.train.arrays["y"][row] - 1
    for layer in range(3):
        expected = differences(view, layer, x, t, kind)
        np.testing.assert_allclose(array(frame, "grad", f"h{layer}"), expected, atol=1e-8)


def test_grad_field_adds_up_the_training_points_of_every_cell() -> None:
    view = seen()
    frame = Grad(field=8).look(view)
    train = view.examples.train
    for layer, units in enumerate((4, 3, 1)):
        expected = np.zeros((units, 8, 8))
        for x, label, (x1, x2) in zip(
            train.arrays["x"], train.arrays["y"], train.arrays["position"], strict=True
        ):
            column, row = int((x1 + 3) // 0.75), int((3 - x2) // 0.75)
            if 0 <= column < 8 and 0 <= row < 8:
                expected[:, row, column] += differences(view, layer, x, 2.0 * label - 1)
        np.testing.assert_allclose(array(frame, "grad_field", f"h{layer}"), expected, atol=1e-7)


def test_gradients_are_found_though_every_parameter_is_frozen() -> None:
    view = seen()
    free = Grad().look(view)
    for parameter in view.network.parameters():
        parameter.requires_grad_(False)
    frozen = Grad().look(view)
    for picture in free.pictures:
        np.testing.assert_array_equal(
            picture.values, array(frozen, picture.name, picture.node), picture.node
        )


def test_an_example_without_loss_pulls_at_nothing() -> None:
    view = seen(preset("perceptron-and"), steps=40)
    frame = Grad().look(view)
    assert frame.reading is not None
    assert frame.reading.key == "grad.none"
    assert not array(frame, "grad").any()


def test_the_reading_compares_the_ends_of_the_way_back() -> None:
    view = seen()
    frame = Grad().look(view)
    factor = np.linalg.norm(array(frame, "grad", "h0")) / np.linalg.norm(array(frame, "grad", "h2"))
    assert frame.reading is not None
    assert frame.reading.key == ("grad.shrinks" if factor < 1 else "grad.grows")
    assert frame.reading.values["factor"] == pytest.approx(factor)


def test_images_have_gradients_but_no_field() -> None:
    frame = Grad().look(seen(preset("perceptron-mark1")))
    assert {picture.name for picture in frame.pictures} == {"grad"}


def test_gradients_have_zero_in_the_middle_of_their_scale() -> None:
    field = found(Grad().look(seen()), "grad_field", "h1")
    assert field.hi == symmetric(field.values)
    assert field.lo == -symmetric(field.values)
