"""What each dataset looks like, told by measures that share nothing with its code."""

import numpy as np
import pytest
from sklearn.datasets import make_moons
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

from neurarium.dataset import Dataset
from neurarium.datasets.circles import Circles
from neurarium.datasets.curve import Curve
from neurarium.datasets.gaussians import Gaussians
from neurarium.datasets.glyphs import GLYPHS, Glyph, Glyphs
from neurarium.datasets.logic import Logic
from neurarium.datasets.moons import SIZE, Moons
from neurarium.datasets.spiral import Spiral
from neurarium.datasets.surface import Surface
from neurarium.datasets.xor import Xor
from tests.backend.test_dataset import whole


def linear(dataset: Dataset) -> float:
    """Held-out accuracy of the best straight line, trained on many fresh examples."""
    return _score(LogisticRegression(), dataset)


def neighbours(dataset: Dataset) -> float:
    """Held-out accuracy of the three nearest neighbours."""
    return _score(KNeighborsClassifier(3), dataset)


def _score(classifier: LogisticRegression | KNeighborsClassifier, dataset: Dataset) -> float:
    many = dataset.model_copy(update={"samples": 1500})
    known, asked = (whole(many.draw(seed)) for seed in (1, 2))
    classifier.fit(known["x"].reshape(1500, -1), known["y"])
    return float(classifier.score(asked["x"].reshape(1500, -1), asked["y"]))


@pytest.mark.parametrize("dataset", [Circles(), Xor(), Spiral(), Spiral(arms=5)], ids=str)
def test_no_straight_line_parts_them_but_they_can_be_told_apart(dataset: Dataset) -> None:
    assert linear(dataset) <= 0.65
    assert neighbours(dataset) >= 0.97


def test_a_straight_line_nearly_parts_the_moons() -> None:
    assert 0.8 <= linear(Moons()) <= 0.97
    assert neighbours(Moons()) >= 0.99


@pytest.mark.parametrize("classes", range(2, 9))
def test_clouds_overlap_as_far_as_their_width_says(classes: int) -> None:
    assert linear(Gaussians(classes=classes, noise=0.1)) >= 0.999
    assert linear(Gaussians(classes=classes, noise=1.0)) <= 0.95


def test_clouds_have_the_width_that_the_noise_says() -> None:
    drawn = whole(Gaussians(samples=5000, noise=0.5).draw(0))
    for label, middle in ((0, -1.7 / np.sqrt(2)), (1, 1.7 / np.sqrt(2))):
        cloud = drawn["position"][drawn["y"] == label]
        np.testing.assert_allclose(cloud.mean(axis=0), middle, atol=0.04)
        np.testing.assert_allclose(cloud.std(axis=0), 0.5, atol=0.03)


def test_the_disc_lies_inside_the_ring() -> None:
    drawn = whole(Circles(noise=0.0).draw(0))
    radius = np.linalg.norm(drawn["position"], axis=1)
    assert radius[drawn["y"] == 1].max() <= 1.3
    assert radius[drawn["y"] == 0].min() >= 1.9


def test_xor_is_the_product_of_the_signs() -> None:
    drawn = whole(Xor(noise=0.0).draw(0))
    assert np.array_equal(drawn["y"] == 1, drawn["position"].prod(axis=1) > 0)
    assert np.abs(drawn["position"]).min() >= 0.3


def test_moons_lie_on_those_of_scikit_learn() -> None:
    """With a gap of 0.5, ours are theirs, larger and moved to the middle."""
    theirs, sides = make_moons(2000, noise=None)
    theirs = SIZE * (theirs - (0.5, 0.25))
    ours = whole(Moons(noise=0.0, gap=0.5).draw(0))
    for label in (0, 1):
        moon = theirs[sides == label]
        distances = np.linalg.norm(
            ours["position"][ours["y"] == label][:, None] - moon[None], axis=2
        )
        assert distances.min(axis=1).max() < 0.005


def test_an_arm_goes_round_as_often_as_it_says() -> None:
    drawn = whole(Spiral(noise=0.0, turns=1.75, samples=2000).draw(0))
    x1, x2 = drawn["position"][drawn["y"] == 0].T
    outwards = np.argsort(np.hypot(x1, x2))
    turned = np.unwrap(np.arctan2(x2, x1)[outwards])
    assert turned[-1] - turned[0] == pytest.approx(1.75 * 2 * np.pi, abs=0.05)


def test_a_slope_is_what_linear_regression_finds_and_hills_are_not() -> None:
    fits = {}
    for shape in ("plane", "hills"):
        drawn = whole(Surface(shape=shape, noise=0.0, samples=2000).draw(0))
        fits[shape] = LinearRegression().fit(drawn["x"], drawn["y"]).score(drawn["x"], drawn["y"])
        assert np.abs(drawn["y"]).max() <= 1.01
    assert fits["plane"] == pytest.approx(1.0)
    assert fits["hills"] < 0.2


def test_heights_err_as_far_as_the_noise_says() -> None:
    exact, noisy = (whole(Surface(noise=noise, samples=5000).draw(0)) for noise in (0.0, 0.2))
    np.testing.assert_array_equal(exact["position"], noisy["position"])
    assert (noisy["y"] - exact["y"]).std() == pytest.approx(0.2, rel=0.05)


@pytest.mark.parametrize("shape", ["sine", "step", "bump", "parabola", "cubic"])
def test_curves_reach_from_minus_one_to_one(shape: str) -> None:
    drawn = whole(Curve.model_validate({"shape": shape, "noise": 0, "samples": 5000}).draw(0))
    assert drawn["y"].min() == pytest.approx(-1, abs=0.01)
    assert drawn["y"].max() == pytest.approx(1, abs=0.01)
    np.testing.assert_array_equal(drawn["position"], np.hstack([drawn["x"], drawn["y"]]))


@pytest.mark.parametrize(
    ("gate", "rule"),
    [
        ("and", lambda a, b: a and b),
        ("or", lambda a, b: a or b),
        ("xor", lambda a, b: a != b),
        ("nand", lambda a, b: not (a and b)),
        ("nor", lambda a, b: not (a or b)),
        ("xnor", lambda a, b: a == b),
    ],
)
def test_a_truth_table_is_its_gate(gate: str, rule: object) -> None:
    assert callable(rule)
    examples = Logic.model_validate({"gate": gate}).draw(0)
    rows = {
        tuple(x > 0): bool(y)
        for x, y in zip(examples.train.arrays["x"], examples.train.arrays["y"], strict=True)
    }
    assert rows == {(a, b): rule(a, b) for a in (False, True) for b in (False, True)}
    assert np.array_equal(np.abs(examples.train.arrays["x"]), np.ones((4, 2)))
    assert np.array_equal(examples.train.arrays["y"], examples.validation.arrays["y"])


PAIRS: list[tuple[Glyph, Glyph]] = [
    ("triangle", "square"),
    ("square", "circle"),
    ("T", "X"),
    ("E", "F"),
]


@pytest.mark.parametrize("pair", PAIRS)
def test_glyphs_can_be_told_apart_but_not_by_their_brightness(pair: tuple[Glyph, Glyph]) -> None:
    assert neighbours(Glyphs(glyphs=pair)) >= 0.97
    drawn = whole(Glyphs(glyphs=pair, noise=0.0).draw(0))
    np.testing.assert_allclose(drawn["x"].sum(axis=(1, 2)), 48.0)


@pytest.mark.parametrize("glyph", GLYPHS)
def test_a_glyph_stays_within_the_picture_at_every_place(glyph: Glyph) -> None:
    other: Glyph = "T" if glyph != "T" else "X"
    drawn = whole(Glyphs(glyphs=(glyph, other), noise=0.0, shift=2.0, samples=400).draw(0))
    pixels = drawn["x"][drawn["y"] == 0]
    assert pixels.min() == 0
    assert 0.5 < pixels.max() <= 1.6
    edges = (pixels[:, 0], pixels[:, -1], pixels[:, :, 0], pixels[:, :, -1])
    assert np.mean([edge.max(axis=1) > 0.5 for edge in edges]) < 0.1


def test_glyphs_move_as_far_as_the_shift_says() -> None:
    def middles(shift: float) -> np.ndarray:
        pixels = whole(Glyphs(glyphs=("X", "T"), noise=0.0, shift=shift).draw(0))
        ink = pixels["x"][pixels["y"] == 0]  # an X has its middle in the middle
        rows, columns = np.mgrid[:20, :20] - 9.5
        return np.stack([(ink * columns).sum(axis=(1, 2)), (ink * rows).sum(axis=(1, 2))]) / 48

    assert np.abs(middles(0.0)).max() < 0.1
    assert 2.5 < np.abs(middles(3.0)).max() < 3.1


@pytest.mark.parametrize("glyphs", [("E",), ("E", "E"), ("E", "Q")])
def test_each_class_has_its_own_drawing(glyphs: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match=r"glyphs|drawing"):
        Glyphs.model_validate({"glyphs": glyphs})
