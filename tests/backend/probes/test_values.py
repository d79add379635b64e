"""Values, fields, answers and units equal what NumPy computes from the same weights."""

import numpy as np
import pytest

from neurarium.optics.memory import Memory
from neurarium.probe import ProbeError
from neurarium.probes.answer import Answer
from neurarium.probes.boundary import Boundary
from neurarium.probes.unit import Unit
from neurarium.probes.value import Value
from tests.backend.probes.runs import (
    array,
    chain,
    everything,
    forward,
    found,
    ids,
    make_job,
    make_probe,
    middles,
    preset,
    seen,
)


def test_value_is_the_forward_pass_of_the_pinned_example() -> None:
    view = seen()
    example = int(view.examples.train.ids[3])
    frame = Value(example=example).look(view)
    expected = forward(view, view.examples.train.arrays["x"][3])
    assert frame.example == example
    np.testing.assert_array_equal(array(frame, "output", "x"), expected["x"])
    for stage in ("h0", "h1", "h2"):
        np.testing.assert_allclose(array(frame, "sum", stage), expected[stage], atol=1e-12)
        bent = expected[stage.replace("h", "a")]
        np.testing.assert_allclose(array(frame, "output", stage), bent, atol=1e-12)


def test_the_first_held_out_example_is_pinned_by_default() -> None:
    view = seen()
    assert Value().look(view).example == view.examples.validation.ids[0]


@pytest.mark.parametrize("kind", ["Tanh", "ReLU", "Sigmoid"])
def test_boundary_is_the_forward_pass_at_the_middle_of_every_cell(kind: str) -> None:
    view = seen(make_job(graph=chain(4, 3, 1, kind=kind)))
    frame = Boundary(size=11).look(view)
    expected = forward(view, middles(11), kind)
    for stage, units in (("h0", 4), ("h1", 3), ("h2", 1)):
        bent = expected[stage.replace("h", "a")].T.reshape(units, 11, 11)
        np.testing.assert_allclose(array(frame, "field", stage), bent, atol=1e-12)
    clipped = np.clip(expected["h2"], -1, 1).reshape(11, 11)
    np.testing.assert_allclose(array(frame, "answer"), clipped, atol=1e-12)


def test_bounded_activations_have_a_fixed_scale_and_others_that_of_the_node() -> None:
    scales = {}
    for kind in ("Tanh", "Sigmoid", "ReLU"):
        field = found(
            Boundary(size=8).look(seen(make_job(graph=chain(4, 1, kind=kind)))), "field", "h0"
        )
        scales[kind] = (field.scale, field.lo, field.hi)
    greatest = scales["ReLU"][2]
    assert scales == {
        "Tanh": ("fixed", -1, 1),
        "Sigmoid": ("fixed", 0, 1),
        "ReLU": ("node", -np.asarray(greatest), greatest),
    }


def test_the_field_of_one_node_comes_with_its_sum() -> None:
    view = seen()
    frame = Boundary(node="a1", size=9).look(view)
    assert {(p.name, p.node) for p in frame.pictures} == {("field", "h1"), ("sum", "h1")}
    expected = forward(view, middles(9))["h1"].T.reshape(3, 9, 9)
    np.testing.assert_allclose(array(frame, "sum"), expected, atol=1e-12)


def test_features_are_shown_as_they_are_encoded_each_on_its_own_scale() -> None:
    job = make_job(
        graph=chain(3, 1, inputs=2), dataset={"kind": "Circles", "features": ["x1_x2", "sin_x1"]}
    )
    field = found(Boundary(size=10, node="x").look(seen(job)), "field", "x")
    x1, x2 = middles(10).T
    np.testing.assert_allclose(field.values[0].ravel(), x1 * x2, atol=1e-12)
    assert field.scale == "unit"
    np.testing.assert_allclose(field.hi, np.abs(field.values).max(axis=(1, 2)), atol=1e-12)


def test_several_classes_are_a_map_of_indices_with_confidence() -> None:
    view = seen(preset("mlp-blobs"), steps=30)
    frame = Boundary(size=8).look(view)
    raw = {name: value.detach().numpy() for name, value in view.network.named_parameters()}
    a = np.tanh(middles(8) @ raw["hidden1.weight"].T + raw["hidden1.bias"])
    y = a @ raw["output.weight"].T + raw["output.bias"]
    shares = np.exp(y) / np.exp(y).sum(axis=1, keepdims=True)
    np.testing.assert_array_equal(array(frame, "answer").ravel(), y.argmax(axis=1))
    np.testing.assert_allclose(array(frame, "confidence").ravel(), shares.max(axis=1), rtol=1e-5)


def test_curves_have_fields_over_a_line() -> None:
    view = seen(preset("mlp-curve", precision="float64"))
    frame = Boundary(size=40).look(view)
    answer = found(frame, "answer")
    assert answer.axes == ("X",)
    along = -3 + (np.arange(40) + 0.5) * 6 / 40
    said = view.network(view.inputs({"x": along[:, None]}))["y"][:, 0].detach().numpy()
    np.testing.assert_allclose(answer.values, said, atol=1e-12)


def test_images_have_no_map() -> None:
    with pytest.raises(ProbeError, match="no points in a plane"):
        Boundary().look(seen(preset("perceptron-mark1")))


def test_cells_follow_the_data_when_features_change() -> None:
    two = seen(
        make_job(graph=chain(2, 1, inputs=1), dataset={"kind": "Circles", "features": ["x2"]})
    )
    one = seen(
        make_job(graph=chain(2, 1, inputs=1), dataset={"kind": "Circles", "features": ["x1"]})
    )
    columns = [array(Boundary(size=8, node="x").look(view), "field")[0] for view in (one, two, one)]
    np.testing.assert_array_equal(columns[0], columns[1].T[:, ::-1])
    np.testing.assert_array_equal(columns[0], columns[2])


def test_answer_judges_every_example_in_the_order_of_data() -> None:
    view = seen(steps=60)
    frame = Answer().look(view)
    y = forward(view, everything(view, "x"))["h2"][:, 0]
    t = 2 * everything(view, "y") - 1
    np.testing.assert_allclose(array(frame, "answer"), np.clip(y, -1, 1), atol=1e-12)
    np.testing.assert_allclose(array(frame, "loss"), (y - t) ** 2 / 2, atol=1e-12)
    wrong = (y > 0) != (t > 0)
    np.testing.assert_array_equal(array(frame, "wrong"), wrong)
    held = np.isin(ids(view), view.examples.validation.ids)
    confusion = array(frame, "confusion")
    for truth in (0, 1):
        for said in (0, 1):
            count = np.sum(held & (t == 2 * truth - 1) & ((y > 0) == said))
            assert confusion[truth, said] == count
    assert frame.details["validation_wrong"] == wrong[held].sum()
    assert frame.details["accuracy"] == pytest.approx(1 - wrong[~held].mean())


def test_a_logit_is_read_as_a_probability() -> None:
    view = seen(make_job(loss={"kind": "CrossEntropy"}))
    y = forward(view, everything(view, "x"))["h2"][:, 0]
    expected = 2 / (1 + np.exp(-y)) - 1
    np.testing.assert_allclose(array(Answer().look(view), "answer"), expected, atol=1e-12)


def test_a_threshold_unit_answers_with_its_output() -> None:
    view = seen(preset("perceptron-and"))
    assert set(np.unique(array(Answer().look(view), "answer"))) <= {-1.0, 1.0}


def test_numbers_are_answered_as_they_are() -> None:
    view = seen(preset("mlp-regression", precision="float64"))
    frame = Answer().look(view)
    batch = view.inputs({"x": everything(view, "x")})
    said = view.network(batch)["y"][:, 0].detach().numpy()
    np.testing.assert_allclose(array(frame, "answer"), said, atol=1e-12)
    held = everything(view, "y")[-len(view.examples.validation.ids) :, 0]
    error = np.sqrt(np.mean((said[-len(held) :] - held) ** 2))
    assert frame.reading is not None
    assert frame.reading.values["error"] == pytest.approx(error)
    assert all(picture.name != "wrong" for picture in frame.pictures)


def test_unit_shows_every_example_on_the_curve_of_its_activation() -> None:
    view = seen(make_job(optimizer={"kind": "SGD", "lr": 1.0}), steps=80)
    frame = Unit(node="h0", unit=2).look(view)
    expected = forward(view, everything(view, "x"))
    np.testing.assert_allclose(array(frame, "sum"), expected["h0"][:, 2], atol=1e-12)
    np.testing.assert_allclose(array(frame, "output"), expected["a0"][:, 2], atol=1e-12)
    np.testing.assert_allclose(
        array(frame, "curve_y"), np.tanh(array(frame, "curve_x")), atol=1e-12
    )
    trained = np.isin(ids(view), view.examples.train.ids)
    flat = 1 - expected["a0"][trained, 2] ** 2 <= 0.04
    assert frame.details["saturated"] == pytest.approx(flat.mean())
    assert frame.reading is not None
    assert frame.reading.values["count"] == flat.sum()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"graph": chain(3, 1, kind="ReLU")}, "unit.off"),
        ({"graph": chain(3, 1, kind="Tanh")}, "unit.saturated"),
        ({"graph": chain(3, 1, kind="Identity")}, "unit.off"),
        ({"graph": chain(1)}, "unit.straight"),
        ({"graph": chain(3, 1, kind="Step")}, "unit.switches"),
    ],
)
def test_unit_says_what_its_activation_does(changes: dict[str, object], sentence: str) -> None:
    reading = Unit().look(seen(make_job(**changes))).reading
    assert reading is not None
    assert reading.key == sentence


def test_what_is_not_there_is_said_in_a_sentence() -> None:
    view = seen()
    with pytest.raises(ProbeError, match=r"no node `nowhere`\. It has: `h0`, `h1`, `h2`"):
        Value(node="nowhere").look(view)
    with pytest.raises(ProbeError, match="no example #77777"):
        Value(example=77777).look(view)
    with pytest.raises(ProbeError, match="4 units, counted from 0: there is no unit 9"):
        Unit(node="h0", unit=9).look(view)


def test_rows_go_through_in_portions_with_the_same_result(monkeypatch: pytest.MonkeyPatch) -> None:
    view = seen()
    kinds = ("answer", "boundary", "grad", "hidden", "unit", "hard", "loss")
    whole = {kind: make_probe(kind).look(view) for kind in kinds}
    monkeypatch.setattr("neurarium.optics.passes.ROWS", 7)
    monkeypatch.setattr(
        "neurarium.optics.answers._answered", Memory()
    )  # nothing is remembered of before
    for kind in kinds:
        for picture in make_probe(kind).look(view).pictures:
            expected = array(whole[kind], picture.name, picture.node)
            np.testing.assert_allclose(picture.values, expected, atol=1e-12)
