"""Digits of people, digits by pen, and those that a person draws among them."""

import base64
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pydantic import ValidationError
from sklearn.datasets import load_digits

from neurarium.dataset import Dataset, Split
from neurarium.datasets import DATASETS
from neurarium.datasets.digits import raw_digits
from neurarium.drawing import FIRST_DRAWING, INSIDE, SIZE

KINDS = ("Digits", "PenDigits")
CROSS = np.eye(INSIDE, dtype=np.uint8) * 255


def make(kind: str, **settings: Any) -> Dataset:
    return DATASETS[kind].model_validate({"kind": kind, **settings})


def drawn(pixels: NDArray[np.uint8], label: int) -> dict[str, Any]:
    return {"label": label, "pixels": base64.b64encode(pixels.tobytes()).decode()}


@pytest.mark.parametrize("kind", KINDS)
def test_a_drawing_of_a_person_is_held_out_and_changes_nothing_else(kind: str) -> None:
    before = make(kind).draw(4)
    after = make(kind, drawings=[drawn(CROSS, 7), drawn(CROSS.T, 3)]).draw(4)
    assert np.array_equal(before.train.arrays["x"], after.train.arrays["x"])
    assert np.array_equal(before.validation.arrays["x"], after.validation.arrays["x"][:-2])
    assert after.validation.ids[-2:].tolist() == [FIRST_DRAWING, FIRST_DRAWING + 1]
    assert after.validation.arrays["y"][-2:].tolist() == [7, 3]
    frame = (SIZE - INSIDE) // 2
    inside = after.validation.arrays["x"][-2, 0, frame:-frame, frame:-frame]
    assert np.array_equal(inside, CROSS / np.float32(255))
    assert after.validation.arrays["x"][-2].sum() == inside.sum()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("pixels", ["", "no base64!", base64.b64encode(bytes(783)).decode()])
def test_a_drawing_that_is_none_is_refused(kind: str, pixels: str) -> None:
    with pytest.raises(ValidationError, match=r"drawing|base64"):
        make(kind, drawings=[{"label": 1, "pixels": pixels}])


def test_the_digits_of_people_are_those_of_scikit_learn() -> None:
    """We read its file ourselves; what it reads from there is the oracle."""
    images, labels = raw_digits()
    oracle = load_digits()
    assert np.array_equal(images * 16, oracle.images)
    assert np.array_equal(labels, oracle.target)


def test_both_fit_the_same_network() -> None:
    people, pen = (make(kind) for kind in KINDS)
    assert people.inputs() == pen.inputs()
    assert people.target() == pen.target()


def test_who_knows_the_digits_of_people_reads_those_by_pen() -> None:
    """The nearest of all digits that people wrote names what the program meant."""
    people, pen = make("Digits", copies=4).draw(0).train, make("PenDigits", samples=500).draw(0)
    known, asked = blurred(people), blurred(pen.train)
    nearest = (known**2).sum(1) - 2 * asked @ known.T
    right = people.arrays["y"][nearest.argmin(1)] == pen.train.arrays["y"]
    assert right.mean() > 0.75


def blurred(split: Split) -> NDArray[np.float64]:
    """See digits from afar, as scikit-learn's were written: averages of 4 × 4 pixels, all of one length."""
    coarse = split.arrays["x"].reshape(-1, 8, 4, 8, 4).mean((2, 4)).reshape(len(split), -1)
    return np.asarray(coarse / np.linalg.norm(coarse, axis=1, keepdims=True), dtype=np.float64)


def test_ink_stays_in_its_range_and_in_its_frame() -> None:
    """Whatever the settings: nothing is darker than ink, and no digit leaves the paper."""
    for settings in ({}, {"slant": 1, "thickness": 2.5, "wobble": 2}):
        pixels = make("PenDigits", noise=0, **settings).draw(3).train.arrays["x"][:, 0]
        assert (pixels.min(), pixels.max()) == (0, 1)
        edge = np.concatenate([pixels[:, 0], pixels[:, -1], pixels[:, :, 0], pixels[:, :, -1]])
        assert (edge > 0).mean() < 0.15
        assert (pixels.reshape(len(pixels), -1).sum(1) > 15).all()


@pytest.mark.parametrize(
    ("setting", "little", "much"), [("thickness", 0.7, 2.0), ("noise", 0.0, 0.3)]
)
def test_a_setting_adds_ink(setting: str, little: float, much: float) -> None:
    few, many = (make("PenDigits", **{setting: value}).draw(1).train for value in (little, much))
    assert np.array_equal(few.ids, many.ids)
    assert few.arrays["x"].mean() < many.arrays["x"].mean()


def test_slant_leans_and_wobble_differs() -> None:
    """How far the top half of a 1 lies beside its lower half; without chance all of one way are equal."""
    spread = []
    for slant in (0.0, 0.6):
        train = make("PenDigits", slant=slant, noise=0).draw(2).train
        ones = train.arrays["x"][train.arrays["y"] == 1, 0]
        columns = np.arange(SIZE)
        top, low = (half.sum(1) for half in np.split(ones, 2, axis=1))
        middles = [(part * columns).sum(1) / part.sum(1) for part in (top, low)]
        spread.append(float(np.std(middles[0] - middles[1])))
    assert spread[1] > 2 * spread[0]
    steady = make("PenDigits", noise=0, wobble=0, slant=0).draw(2).train
    fives = steady.arrays["x"][steady.arrays["y"] == 5]
    assert len({five.tobytes() for five in fives}) == 1
