"""Pictures of two shapes: whoever looks at one can say its caption, by the colours at its places."""

from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray
from pydantic import ValidationError

from neurarium.dataset import Examples
from neurarium.datasets.captions import CAPTIONS, COLOURS, SHAPES, Captions

Pixels = NDArray[np.float32]
FEW = {"samples": 480, "noise": 0.0}


def blobs(picture: Pixels) -> Iterator[NDArray[np.bool_]]:
    """Find what is coloured on paper: pixels that touch belong together."""
    left = (picture.max(0) - picture.min(0)) > 0.3
    while left.any():
        start = np.argwhere(left)[0]
        found = np.zeros_like(left)
        found[tuple(start)] = True
        grown = np.zeros_like(left)
        while not np.array_equal(found, grown):
            grown = found.copy()
            for shift, axis in ((1, 0), (-1, 0), (1, 1), (-1, 1)):
                found |= np.roll(grown, shift, axis) & left
        left &= ~found
        if found.sum() > 8:  # a tip of a triangle may touch by its corner alone
            yield found


def colour(picture: Pixels, blob: NDArray[np.bool_]) -> str:
    red, green, blue = np.median(picture[:, blob], axis=1)
    if red > 1.8 * blue and green > 1.8 * blue:
        return "yellow"
    return {red: "red", green: "green", blue: "blue"}[max(red, green, blue)]


def shape(blob: NDArray[np.bool_]) -> str:
    """Tell by numbers that are the same at every size: how spread it is, how far it reaches, whether it has a top."""
    places = np.argwhere(blob) - np.argwhere(blob).mean(0)
    squares, down = (places**2).sum(1), places[:, 0]
    if squares.sum() / len(places) ** 2 < 0.178:
        return "circle" if np.sqrt(squares.max() / len(places)) < 0.595 else "square"
    return "triangle" if (down**3).mean() / (down**2).mean() ** 1.5 < -0.2 else "cross"


def middle(blob: NDArray[np.bool_]) -> tuple[float, float]:
    row, column = np.argwhere(blob).mean(0)
    return float(row), float(column)


def seen(picture: Pixels) -> list[str]:
    """Say what is in a picture: of the two shapes, the one that is above or left of the other by more comes first."""
    first, second = sorted(blobs(picture), key=lambda blob: sum(middle(blob)))
    down, right = np.subtract(middle(second), middle(first))
    relation = ["above"] if down > right else ["left", "of"]
    named = ([colour(picture, blob), shape(blob)] for blob in (first, second))
    one, other = named
    return ["a", *one, *relation, "a", *other]


def drawn(**settings: float) -> tuple[Captions, Examples]:
    dataset = Captions.model_validate({**FEW, **settings})
    return dataset, dataset.draw(0)


def test_captions_are_what_a_reader_sees() -> None:
    dataset, examples = drawn()
    words = dataset.vocabularies()["target"]
    told = [words.decode(row).split() for row in examples.train.arrays["target"][:200]]
    read = [seen(picture) for picture in examples.train.arrays["image"][:200]]
    bare = [[word for word in row if word not in SHAPES] for row in told]
    assert [[word for word in row if word not in SHAPES] for row in read] == bare
    assert np.mean([one == other for one, other in zip(told, read, strict=True)]) > 0.95


def test_a_caption_of_another_picture_is_seen_to_be_wrong() -> None:
    """The negative control of the reader."""
    dataset, examples = drawn()
    words = dataset.vocabularies()["target"]
    told = [words.decode(row).split() for row in examples.train.arrays["target"]]
    read = [seen(picture) for picture in examples.train.arrays["image"][:40]]
    assert not any(one == other for one, other in zip(told[1:41], read, strict=True))


def test_a_scene_is_painted_as_its_sentence_has_it() -> None:
    dataset, _ = drawn()
    right = 0
    for relation, seed in (("above", 1), ("left of", 2), ("above", 3), ("left of", 4)):
        scene = ["a", "green", "circle", relation, "a", "red", "square"]
        arrays, words = dataset.composed(scene, seed)
        assert " ".join(words) == " ".join(scene)
        assert arrays["image"].shape == (1, 3, 32, 32)
        right += seen(arrays["image"][0]) == list(words)
        np.testing.assert_array_equal(arrays["image"], dataset.composed(scene, seed)[0]["image"])
    assert right == 4
    assert len(dataset.scene()) == 7


@pytest.mark.parametrize(
    ("scene", "sentence"),
    [
        ("a red circle", "A scene has 7 words; these are 3"),
        ("a pink circle above a red cross", "Word 2 of a scene is one of: red, green, blue,"),
        ("a red circle above a red circle", "The two shapes of a scene differ"),
    ],
)
def test_what_is_no_scene_is_refused(scene: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        drawn()[0].composed(scene.split(), 0)


@pytest.mark.parametrize("samples", [480, 1000, 5760])
def test_no_caption_is_both_trained_with_and_held_out(samples: int) -> None:
    _, examples = drawn(samples=samples)
    train, held_out = (
        {row.tobytes() for row in split.arrays["target"]}
        for split in (examples.train, examples.validation)
    )
    assert not train & held_out
    assert len(train) + len(held_out) == len(CAPTIONS) == 480
    assert abs(len(examples.validation) - 0.1 * samples) <= 3


def test_every_word_is_learned() -> None:
    dataset, examples = drawn()
    learned = np.unique(examples.train.arrays["target"])
    assert len(learned) == len(dataset.vocabularies()["target"].words) - 1  # all but <unk>


def test_coverage_is_where_the_colour_is() -> None:
    dataset, examples = drawn()
    cover = dataset.coverage(0)[examples.train.ids]
    coloured = np.ptp(examples.train.arrays["image"], axis=1) > 0.3
    assert ((cover.sum(1) > 0.5) == coloured).mean() > 0.99
    assert cover.sum(1).max() <= 1  # shapes do not touch
    for picture, (first, second), row in zip(
        examples.train.arrays["image"][:80], cover, examples.train.arrays["target"], strict=False
    ):
        words = dataset.vocabularies()["target"].decode(row).split()
        assert [colour(picture, part > 0.9) for part in (first, second)] == [words[1], words[-2]]


def test_edges_are_smooth_and_nothing_leaves_the_picture() -> None:
    _, examples = drawn(noise=0.3)
    image = examples.train.arrays["image"]
    assert image.dtype == np.float32
    assert image.min() >= 0
    assert image.max() <= 1
    dataset, _ = drawn()
    cover = dataset.coverage(0)
    rim = (cover > 0.02) & (cover < 0.98)
    assert 0.1 < rim.sum() / (cover > 0.02).sum() < 0.6
    assert cover[:, :, 0].sum() + cover[:, :, :, 0].sum() < 0.01 * len(cover)


def test_noise_changes_pixels_alone() -> None:
    (_, still), (_, noisy) = drawn(), drawn(noise=0.1)
    assert np.array_equal(still.train.arrays["target"], noisy.train.arrays["target"])
    error = noisy.train.arrays["image"] - still.train.arrays["image"]
    assert 0.06 < error.std() < 0.1  # what is white cannot become whiter


def test_pictures_are_bounded() -> None:
    assert set(COLOURS) == {"red", "green", "blue", "yellow"}
    with pytest.raises(ValidationError):
        Captions.model_validate({"samples": 8001})
