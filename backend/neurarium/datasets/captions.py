"""Pictures of two shapes, and a sentence that says what is where."""

from collections.abc import Sequence
from itertools import product
from typing import ClassVar, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from neurarium.dataset import Arrays, Examples, Vocabulary, generator, split
from neurarium.pairs import Drawn, Targets, share
from neurarium_models.tensor import TensorSpec, features

SIZE = 32
MIDDLE = SIZE / 2
WINDOW = 17
"""Pixels along a side of the piece of paper that one shape is drawn on: no shape is larger."""
COLOURS = {
    "red": (0.86, 0.22, 0.21),
    "green": (0.16, 0.62, 0.33),
    "blue": (0.16, 0.40, 0.82),
    "yellow": (0.97, 0.76, 0.13),
}
SHAPES = ("circle", "square", "triangle", "cross")
RELATIONS = ("above", "left of")
"""Of two shapes the upper or left one is named first, so that each picture has one caption."""
PAPER = 0.955
Reals = NDArray[np.float32]


class Caption(NamedTuple):
    """What is in a picture, as numbers: shapes and colours of the two, in the order in which they are named."""

    shape: int
    colour: int
    other_shape: int
    other_colour: int
    relation: int

    def words(self) -> list[str]:
        """Write it: `a red circle above a blue square`."""
        colours = tuple(COLOURS)
        return [
            "a", colours[self.colour], SHAPES[self.shape], *RELATIONS[self.relation].split(),
            "a", colours[self.other_colour], SHAPES[self.other_shape],
        ]  # fmt: skip


CAPTIONS = [
    caption
    for caption in map(
        Caption._make,
        product(*(range(len(of)) for of in (SHAPES, COLOURS, SHAPES, COLOURS, RELATIONS))),
    )
    if caption[:2] != caption[2:4]
]
"""All there are: the two shapes differ in form or colour."""


SENTENCE = (("a",), tuple(COLOURS), SHAPES, RELATIONS, ("a",), tuple(COLOURS), SHAPES)
"""What may stand at each place of the sentence of a scene."""


class Scenes(NamedTuple):
    """Where things are in some pictures."""

    captions: NDArray[np.int64]
    """Pictures × 5: the numbers of a `Caption`."""
    centres: Reals
    """Pictures × the two shapes × (x, y), in pixels."""
    radii: Reals
    """Pictures × the two shapes."""
    turns: Reals
    """Pictures × the two shapes, in radians."""
    tints: Reals
    """Pictures × 4, from -1 to 1: how light the shapes are, and the paper at the top and at the bottom."""


class Captions(Drawn, Targets):
    """Pictures of two coloured shapes to be put in words: a red circle above a blue square. Held out are new sentences.

    Whatever is said of a picture that was held out was said of none to learn from, though all its words were.
    """

    title: ClassVar = "captions"
    kind: Literal["Captions"] = "Captions"
    samples: int = Field(
        default=12 * len(CAPTIONS), ge=20, le=8000, description="How many pictures are drawn."
    )
    noise: float = Field(
        default=0.01, ge=0, le=0.3, description="Standard deviation of the error in each pixel."
    )

    def inputs(self) -> dict[str, TensorSpec]:
        """Red, green and blue from 0 to 1 in rows and columns, and the sentence."""
        return {"image": features(3, SIZE, SIZE, axes="CHW")} | super().inputs()

    def longest_target(self) -> int:
        """As `left of` has two words."""
        return 8

    def vocabularies(self) -> dict[str, Vocabulary]:
        """Thirteen words."""
        return {"target": Vocabulary.of(["a", *COLOURS, *SHAPES, "above", "left", "of"])}

    def draw(self, seed: int) -> Examples:
        """Draw every caption as often; some captions are held out with all their pictures."""
        scenes, order = self._scenes(seed)
        image = painted(scenes)
        self._disturb(image, seed)
        words = self.targets([Caption(*row).words() for row in scenes.captions.tolist()])
        return split(np.arange(self.samples), {"image": image} | words, self._held_out(seed, order))

    def scene(self) -> tuple[tuple[str, ...], ...]:
        """Two shapes, their colours, and how one stands to the other."""
        return SENTENCE

    def composed(self, scene: Sequence[str], seed: int) -> tuple[Arrays, tuple[str, ...]]:
        """Paint one picture as a sentence has it; the seed decides where exactly, how large and how light."""
        if len(scene) != len(SENTENCE):
            raise ValueError(f"A scene has {len(SENTENCE)} words; these are {len(scene)}.")
        for place, (word, words) in enumerate(zip(scene, SENTENCE, strict=True), 1):
            if word not in words:
                raise ValueError(f"Word {place} of a scene is one of: {', '.join(words)}.")
        _, colour, shape, relation, _, other_colour, other_shape = (
            words.index(word) for word, words in zip(scene, SENTENCE, strict=True)
        )
        caption = Caption(shape, colour, other_shape, other_colour, relation)
        if caption not in CAPTIONS:
            raise ValueError("The two shapes of a scene differ: in their form, or in their colour.")
        image = painted(_placed(np.array([caption]), seed))
        self._disturb(image, seed)
        return {"image": image}, tuple(caption.words())

    def _disturb(self, image: Reals, seed: int) -> None:
        """Err a little in each pixel."""
        if self.noise:
            chance = generator(seed, "noise").standard_normal(image.shape, dtype=np.float32)
            image += np.float32(self.noise) * chance
            np.clip(image, 0, 1, out=image)

    def coverage(self, seed: int) -> Reals:
        """Tell which part of each pixel the shapes of each picture take: pictures (by id) × (first, second) × H × W.

        The words 1 and 2 of a caption are of the first shape, its last two of the second.
        """
        scenes, _ = self._scenes(seed)
        pictures = np.zeros((self.samples, 2, SIZE, SIZE), dtype=np.float32)
        for which in range(2):
            rows, columns, distance, _ = _pieces(scenes, which)
            picture = np.arange(self.samples)[:, None, None]
            pictures[picture, which, rows, columns] = np.clip(0.5 - distance, 0, 1)
        return pictures

    def _scenes(self, seed: int) -> tuple[Scenes, NDArray[np.int64]]:
        """Place the shapes; tell also each picture's caption by its number in an order that the seed chooses."""
        order = np.arange(self.samples) % len(CAPTIONS)
        captions = np.array(CAPTIONS)[generator(seed, "captions").permutation(len(CAPTIONS))]
        return _placed(captions[order], seed), order

    def _held_out(self, seed: int, order: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Hold out whole captions, until they have as many pictures as wanted."""
        keys = generator(seed, "held out").random(len(CAPTIONS))
        pictures = np.bincount(order, minlength=len(CAPTIONS))
        line = np.argsort(keys, kind="stable")
        before = np.cumsum(pictures[line]) - pictures[line]
        held_out = line[before < share(self.validation, self.samples)]
        return np.isin(order, held_out)


def _placed(captions: NDArray[np.int64], seed: int) -> Scenes:
    """Place the shapes of some captions."""
    chance = generator(seed, "places").random((len(captions), 12), dtype=np.float32)
    signed = 2 * chance - 1
    along = np.stack([-1, 1]) * (7.75 + 1.25 * signed[:, :1])
    across = 5 * signed[:, 1:3]
    is_above = captions[:, 4:] == RELATIONS.index("above")
    x, y = np.where(is_above, across, along), np.where(is_above, along, across)
    return Scenes(
        captions=captions,
        centres=(MIDDLE + np.stack([x, y], axis=2)).astype(np.float32),
        radii=5 + signed[:, 3:5],
        turns=np.float32(0.15) * signed[:, 5:7],
        tints=signed[:, 7:11],
    )


def painted(scenes: Scenes) -> Reals:
    """Paint pictures: shapes on paper that is lighter at the top, their edges as smooth as pixels allow."""
    count = len(scenes.captions)
    light = PAPER + 0.025 * (scenes.tints[:, 2:3] + np.linspace(0.5, -0.5, SIZE, dtype=np.float32))
    image = np.empty((count, 3, SIZE, SIZE), dtype=np.float32)
    image[:] = light[:, None, :, None] * np.array([1, 0.997, 0.988], np.float32)[:, None, None]
    picture = np.arange(count)[:, None, None]
    palette = np.array(list(COLOURS.values()), dtype=np.float32)
    for which in range(2):
        rows, columns, distance, height = _pieces(scenes, which)
        cover = np.clip(0.5 - distance, 0, 1)
        shade = 1 + 0.07 * scenes.tints[:, which, None, None] - 0.1 * height
        shade = shade - 0.16 * np.clip(1.5 + distance, 0, 1)  # a darker line along the edge
        colours = palette[scenes.captions[:, 2 * which + 1]]
        for channel in range(3):
            ink = colours[:, channel, None, None] * shade
            before = image[picture, channel, rows, columns]
            image[picture, channel, rows, columns] = before + cover * (ink - before)
    return np.clip(image, 0, 1, out=image)


def _pieces(
    scenes: Scenes, which: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], Reals, Reals]:
    """Measure around one shape of each picture: rows, columns, distance from its edge (negative inside), height."""
    x, y = scenes.centres[:, which].T
    radius = scenes.radii[:, which, None, None]
    side = np.arange(WINDOW) - WINDOW // 2
    columns = np.clip(np.floor(x).astype(np.int64), 8, SIZE - 9)[:, None, None] + side
    rows = np.clip(np.floor(y).astype(np.int64), 8, SIZE - 9)[:, None, None] + side[:, None]
    right = columns.astype(np.float32) - x[:, None, None] + np.float32(0.5)
    down = rows.astype(np.float32) - y[:, None, None] + np.float32(0.5)
    cos, sin = (of(scenes.turns[:, which])[:, None, None] for of in (np.cos, np.sin))
    across, along = cos * right + sin * down, cos * down - sin * right
    distance = np.empty_like(across)
    for shape in range(len(SHAPES)):
        chosen = scenes.captions[:, 2 * which] == shape
        distance[chosen] = _distance(shape, across[chosen], along[chosen], radius[chosen])
    return rows, columns, distance, down / radius


def _distance(shape: int, x: Reals, y: Reals, radius: Reals) -> Reals:
    """Measure how far points are outside of a shape, in pixels; about, near its corners."""
    name = SHAPES[shape]
    if name == "circle":
        found = np.hypot(x, y) - radius
    elif name == "square":
        found = np.maximum(abs(x), abs(y)) - 0.88 * radius
    elif name == "triangle":
        slope = np.float32(np.sqrt(3) / 2)
        found = np.maximum(y, slope * abs(x) - y / 2) - 0.58 * radius
    else:
        short, far = np.minimum(abs(x), abs(y)), np.maximum(abs(x), abs(y))
        found = np.maximum(short - 0.34 * radius, far - 1.05 * radius)
    return found.astype(np.float32)
