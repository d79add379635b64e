"""Points in the plane: features, and edits that a person makes by pointer."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from neurarium.dataset import MAXIMUM_SAMPLES, Arrays
from neurarium.datasets.circles import Circles
from neurarium.datasets.curve import Curve
from neurarium.datasets.gaussians import Gaussians
from neurarium.datasets.logic import Logic
from neurarium.datasets.surface import Surface
from neurarium.plane import FEATURES, PlaneDataset, PointDataset, PointEdit, numbered
from tests.backend.test_dataset import whole


def edit(id: int, **changes: Any) -> PointEdit:
    return PointEdit.model_validate({"id": id, "x1": 0.5, "x2": -1.0, "label": 1} | changes)


def row(arrays: Arrays, id: int) -> Arrays:
    (place,) = np.flatnonzero(arrays["id"] == id)
    return {name: array[place] for name, array in arrays.items()}


def test_features_are_what_their_names_say() -> None:
    names = ("x1", "x2", "x1_squared", "x2_squared", "x1_x2", "sin_x1", "sin_x2")
    assert names == tuple(FEATURES)
    encoded = Circles(features=names).encode(np.array([[0.5, -2.0]]))["x"]
    np.testing.assert_allclose(encoded, [[0.5, -2.0, 0.25, 4.0, -1.0, np.sin(0.5), np.sin(-2.0)]])


def test_features_come_in_the_order_in_which_they_were_chosen() -> None:
    dataset = Circles(features=("x1_x2", "x1"))
    assert dataset.inputs()["x"].shape == (2,)
    examples = dataset.draw(0).train
    x1, x2 = examples.arrays["position"].T
    np.testing.assert_array_equal(examples.arrays["x"], np.stack([x1 * x2, x1], axis=1))


@pytest.mark.parametrize("features", [(), ("x1", "x1"), ("x3",)])
def test_features_are_chosen_once_each_and_at_least_one(features: Any) -> None:
    with pytest.raises(ValidationError):
        Circles(features=features)


def test_features_chosen_twice_are_refused_in_a_sentence() -> None:
    with pytest.raises(ValidationError, match="x2 is chosen 2 times; once is enough"):
        Circles(features=("x1", "x2", "x2"))


def test_an_edit_moves_and_relabels_one_point_and_no_other() -> None:
    dataset = Circles()
    before, after = whole(dataset.draw(0)), whole(dataset.with_edit(edit(7)).draw(0))
    assert row(after, 7)["y"] == 1
    np.testing.assert_array_equal(row(after, 7)["position"], [0.5, -1.0])
    np.testing.assert_array_equal(row(after, 7)["x"], [0.5, -1.0])
    others = before["id"] != 7
    assert all(np.array_equal(before[name][others], after[name][others]) for name in before)


def test_an_edit_decides_what_is_held_out() -> None:
    for held_out in (False, True):
        examples = Circles().with_edit(edit(7, held_out=held_out)).draw(0)
        assert (7 in examples.validation.ids) == held_out
        assert (7 in examples.train.ids) != held_out


def test_deleted_points_are_gone_and_others_keep_their_ids() -> None:
    ids = whole(Circles().with_edit(edit(7, deleted=True)).draw(0))["id"]
    assert list(ids) == [id for id in range(240) if id != 7]


def test_a_new_id_makes_a_new_point() -> None:
    dataset = Circles().with_edit(edit(MAXIMUM_SAMPLES)).with_edit(edit(MAXIMUM_SAMPLES + 3))
    ids = whole(dataset.draw(0))["id"]
    assert list(ids) == [*range(240), MAXIMUM_SAMPLES, MAXIMUM_SAMPLES + 3]
    more = whole(dataset.model_copy(update={"samples": 5000}).draw(0))["id"]
    assert list(more) == [*range(5001), MAXIMUM_SAMPLES + 3]


def test_edits_of_one_point_become_one() -> None:
    dataset = Circles().with_edit(edit(3)).with_edit(edit(4)).with_edit(edit(3, x1=2.0))
    assert [(entry.id, entry.x1) for entry in dataset.edits] == [(4, 0.5), (3, 2.0)]


def test_a_new_point_that_is_deleted_leaves_nothing() -> None:
    dataset = Circles()
    added = dataset.with_edit(edit(MAXIMUM_SAMPLES))
    assert added.with_edit(edit(MAXIMUM_SAMPLES, deleted=True)) == dataset
    assert len(dataset.with_edit(edit(3, deleted=True)).edits) == 1


def test_edits_stay_when_the_noise_grows() -> None:
    calm = Circles(noise=0.0).with_edit(edit(7))
    wild = calm.model_copy(update={"noise": 1.0})
    still, moved = (whole(dataset.draw(0))["position"] for dataset in (calm, wild))
    assert np.flatnonzero((still == moved).all(axis=1)).tolist() == [7]


def test_there_is_an_end_to_edits() -> None:
    dataset = Circles(edits=tuple(edit(id) for id in range(512)))
    assert len(dataset.with_edit(edit(511)).edits) == 512
    with pytest.raises(ValidationError):
        dataset.with_edit(edit(512))


@pytest.mark.parametrize(
    "change", [{"id": -1}, {"x1": 1001}, {"x2": float("nan")}, {"label": float("inf")}], ids=str
)
def test_an_edit_has_bounds(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        edit(change.pop("id", 0), **change)


@given(
    edits=st.lists(
        st.builds(
            PointEdit,
            id=st.integers(0, 60) | st.integers(MAXIMUM_SAMPLES, MAXIMUM_SAMPLES + 5),
            x1=st.floats(-5, 5),
            x2=st.floats(-5, 5),
            label=st.integers(0, 2),
            held_out=st.booleans(),
            deleted=st.booleans(),
        ),
        max_size=20,
    )
)
def test_after_any_edits_the_last_word_counts(edits: list[PointEdit]) -> None:
    """The oracle is a dictionary that the edits are written into, one after the other."""
    dataset = Gaussians(samples=40, classes=3)
    drawn = whole(dataset.draw(5))
    held_out = set(dataset.draw(5).validation.ids)
    expected = {
        int(id): (*position, label, id in held_out)
        for id, position, label in zip(drawn["id"], drawn["position"], drawn["y"], strict=True)
    }
    for entry in edits:
        dataset = dataset.with_edit(entry)
        expected[entry.id] = (entry.x1, entry.x2, entry.label, entry.held_out)
        if entry.deleted:
            del expected[entry.id]
    examples = dataset.draw(5)
    found = {
        int(id): (*position, label, split is examples.validation)
        for split in (examples.train, examples.validation)
        for id, position, label in zip(
            split.ids, split.arrays["position"], split.arrays["y"], strict=True
        )
    }
    assert found == expected
    for split in (examples.train, examples.validation):
        assert (np.diff(split.ids) > 0).all()


@pytest.mark.parametrize("dataset", [Logic(), Surface(), Curve()], ids=str)
def test_every_kind_of_point_can_be_edited(dataset: PointDataset) -> None:
    after = row(whole(dataset.with_edit(edit(2)).draw(0)), 2)
    np.testing.assert_array_equal(after["position"], [0.5, -1.0])
    assert after["y"] == (-1.0 if isinstance(dataset, Curve) else 1)


def test_all_data_in_the_plane_lie_within_what_is_shown() -> None:
    from neurarium.datasets import DATASETS

    for kind, dataset in DATASETS.items():
        if issubclass(dataset, PlaneDataset):
            drawn = whole(dataset.model_validate({}).draw(0))
            outside = np.abs(drawn["position"]).max(axis=1) > 3
            assert outside.mean() < 0.02, kind


def test_classes_without_names_are_signs_or_numbers() -> None:
    assert numbered(2).names == ("−1", "+1")
    assert numbered(3).names == ("1", "2", "3")
