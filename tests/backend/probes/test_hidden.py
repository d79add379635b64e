"""Hidden space: principal axes equal those of NumPy's singular value decomposition."""

import numpy as np
import pytest

from neurarium.probe import ProbeError
from neurarium.probes.hidden import Hidden
from tests.backend.probes.runs import (
    Array,
    array,
    chain,
    everything,
    forward,
    make_job,
    preset,
    seen,
    weights,
)


def planes_apart(found: Array, points: Array) -> Array:
    """Compare a projection with the first two singular directions, whatever their signs."""
    centred = points - points.mean(axis=0)
    expected = centred @ np.linalg.svd(centred, full_matrices=False)[2][:2].T
    signs = np.sign((found * expected).sum(axis=0))
    return np.asarray(found - signs * expected)


def test_positions_are_the_two_principal_axes() -> None:
    view = seen()
    frame = Hidden().look(view)
    points = forward(view, everything(view, "x"))["a0"]
    np.testing.assert_allclose(planes_apart(array(frame, "position", "h0"), points), 0, atol=1e-9)
    sizes = np.linalg.svd(points - points.mean(axis=0), compute_uv=False) ** 2
    assert frame.details["kept"]["h0"] == pytest.approx(sizes[:2].sum() / sizes.sum())


def test_axes_point_where_the_plane_does_so_that_pictures_do_not_flip() -> None:
    view = seen()
    found = array(Hidden().look(view), "position", "h0")
    guide = everything(view, "position")
    assert ((found * guide).sum(axis=0) >= 0).all()


def test_before_a_single_output_unit_the_first_axis_is_its_sum() -> None:
    view = seen(steps=40)
    frame = Hidden().look(view)
    values, known = forward(view, everything(view, "x")), weights(view)
    found = array(frame, "position", "h1")
    np.testing.assert_allclose(found[:, 0], values["h2"][:, 0], atol=1e-9)
    assert frame.details["separated"] == ["h1"]

    unit = known["h2.weight"][0] / np.linalg.norm(known["h2.weight"][0])
    centred = values["a1"] - values["a1"].mean(axis=0)
    rest = centred - np.outer(centred @ unit, unit)
    along = rest @ np.linalg.svd(rest, full_matrices=False)[2][0]
    np.testing.assert_allclose(np.abs(found[:, 1]), np.abs(along), atol=1e-9)
    share = (np.square(centred @ unit).sum() + np.square(along).sum()) / np.square(centred).sum()
    assert frame.details["kept"]["h1"] == pytest.approx(share)

    wrong = int(((values["h2"][:, 0] > 0) != (everything(view, "y") == 1)).sum())
    assert frame.reading is not None
    assert (frame.reading.key, frame.reading.values["wrong"]) == ("hidden.line", wrong)


def test_the_grid_is_bent_as_the_points_are() -> None:
    view = seen()
    frame = Hidden(node="h1").look(view)
    grid = array(frame, "grid")
    assert grid.shape == (26, 25, 2)
    upright = forward(view, np.array([[-3 + 6 / 12 * 4, -3 + 6 / 24 * 9]]))["h2"][0, 0]
    level = forward(view, np.array([[-3 + 6 / 24 * 9, -3 + 6 / 12 * 4]]))["h2"][0, 0]
    assert grid[4, 9, 0] == pytest.approx(upright)
    assert grid[13 + 4, 9, 0] == pytest.approx(level)


def test_a_stage_with_one_unit_has_one_axis() -> None:
    frame = Hidden(node="h0").look(seen(make_job(graph=chain(1, 2, 1))))
    assert not array(frame, "position")[:, 1].any()
    assert frame.details["kept"] == {"h0": pytest.approx(1)}


def test_wide_stages_take_the_short_way_to_the_same_axes() -> None:
    view = seen(make_job(graph=chain(200, 2, 1), dataset={"kind": "Circles", "samples": 30}))
    points = forward(view, everything(view, "x"))["a0"]
    found = array(Hidden(node="h0").look(view), "position")
    np.testing.assert_allclose(planes_apart(found, points), 0, atol=1e-8)


def test_several_classes_have_no_line_but_say_what_is_kept() -> None:
    frame = Hidden().look(seen(preset("mlp-blobs")))
    assert frame.reading is not None
    assert frame.reading.key == "hidden.kept"
    assert frame.details["separated"] == []


@pytest.mark.parametrize("name", ["perceptron-and", "perceptron-mark1"])
def test_a_perceptron_hides_nothing(name: str) -> None:
    with pytest.raises(ProbeError, match="no hidden stage"):
        Hidden().look(seen(preset(name)))


def test_the_output_is_no_hidden_stage() -> None:
    with pytest.raises(ProbeError, match="the answer itself"):
        Hidden(node="h2").look(seen())
