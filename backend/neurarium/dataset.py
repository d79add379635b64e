"""The contract of every dataset: settings and a seed become examples, always the same ones, by NumPy alone."""

import re
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal
from weakref import WeakValueDictionary

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from neurarium.bytepairs import START, Cutter, Merges, learn
from neurarium_models.tensor import TensorSpec

MAXIMUM_SAMPLES = 5000

Numbers = NDArray[np.float64]
Arrays = dict[str, NDArray[Any]]
"""Named tensors, examples along the first axis. A mask of `x` is called `x_mask`: bool, True where `x` holds."""

SPECIAL = ("<pad>", "<bos>", "<eos>", "<unk>")
"""What every vocabulary begins with: nothing is here, a sentence begins, it ends, a word that is not known."""
PAD, BOS, EOS, UNKNOWN = range(len(SPECIAL))
WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*|[^\w\s]|_")


@dataclass(frozen=True)
class Vocabulary:
    """What tokens are called: `words[token]`, the special ones first; written with spaces between them or without."""

    words: tuple[str, ...]
    spaced: bool = True
    merges: Merges | None = None
    """Where words are cut into pieces: which pairs of pieces became one, in the order in which that was learned."""

    @classmethod
    def of(cls, words: Iterable[str], spaced: bool = True) -> "Vocabulary":
        """Number words in their order, after the special tokens."""
        return cls((*SPECIAL, *words), spaced)

    @classmethod
    def of_pieces(cls, words: Iterable[str], merges: int) -> "Vocabulary":
        """Learn pieces from words, by so many merges at most."""
        pieces, learned = learn(tuple(words), merges)
        return cls((*SPECIAL, *pieces), spaced=False, merges=learned)

    @cached_property
    def cutter(self) -> Cutter:
        """What cuts words into pieces."""
        return Cutter(self.words[len(SPECIAL) :], self.merges or ())

    @cached_property
    def numbers(self) -> dict[str, int]:
        """Every token by its name."""
        return {word: token for token, word in enumerate(self.words)}

    def split(self, text: str) -> list[str]:
        """Cut a text into words and signs, into pieces of these, or into characters, known or not.

        Where only a word without capital letters is known, that is taken.
        """
        if self.merges is not None:
            return [piece for word in words_of(text) for piece in self.cutter.cut(word)]
        found = words_of(text) if self.spaced else list(text)
        return [word if word in self.numbers else word.lower() for word in found]

    def encode(self, text: str) -> list[int]:
        """Number what a text is made of, without marks of begin and end; what is not known becomes `<unk>`."""
        return [self.numbers.get(word, UNKNOWN) for word in self.split(text)]

    def unknown(self, text: str) -> list[str]:
        """List what of a text has no number, each once."""
        return list(dict.fromkeys(w for w in self.split(text) if w not in self.numbers))

    def decode(self, tokens: Iterable[int]) -> str:
        """Write tokens as text, up to the end of the sentence; begin and padding are not written."""
        found: list[str] = []
        for token in tokens:
            if token == EOS:
                break
            if token not in {PAD, BOS}:
                found.append(self.words[token])
        text = (" " if self.spaced else "").join(found)
        if self.merges is not None:
            text = text.replace(START, " ").strip()
        return text.replace(" ,", ",")


def words_of(text: str) -> list[str]:
    """Cut a text into words and signs."""
    return WORD.findall(text)


class ClassTarget(BaseModel):
    """Each example belongs to one of some classes; `y` holds its index as int64."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: Literal["class"] = "class"
    names: tuple[str, ...] = Field(description="What the classes are called, by index.")


class RealTarget(BaseModel):
    """Each example has real numbers to be met; `y` is float, examples × `width`."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: Literal["real"] = "real"
    width: int = Field(default=1, ge=1, description="How many numbers.")


class InputTarget(BaseModel):
    """What is to be learned is found in the inputs themselves: the next token, the pair's other half."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: Literal["input"] = "input"


Target = Annotated[ClassTarget | RealTarget | InputTarget, Field(discriminator="kind")]


@dataclass(frozen=True)
class Split:
    """Examples of one purpose: `ids` (int64, unique in the dataset, kept when others come or go) and named arrays.

    Where the examples are points, `position` (examples × 2, float64) is among the arrays: where a person sees the
    point, whatever features of it the network is given.
    """

    ids: NDArray[np.int64]
    arrays: Arrays

    def __len__(self) -> int:
        """Count the examples."""
        return len(self.ids)


@dataclass(frozen=True)
class Examples:
    """A dataset that was drawn: what trains the network, and what was held out."""

    train: Split
    validation: Split

    @property
    def nbytes(self) -> int:
        """Memory that the arrays take."""
        splits = self.train, self.validation
        return sum(array.nbytes for split in splits for array in split.arrays.values())


class Dataset(BaseModel, ABC):
    """One source of examples. Fields are its settings; the docstring is the help text that a learner reads.

    A subclass is final and has `kind: Literal["Name"] = "Name"`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    title: ClassVar[str]
    """What the recipe's sentence calls it: `circles`."""

    kind: str

    @abstractmethod
    def inputs(self) -> dict[str, TensorSpec]:
        """Describe what a network for this dataset is given."""

    @abstractmethod
    def target(self) -> Target:
        """Say what is to be learned."""

    @abstractmethod
    def draw(self, seed: int) -> Examples:
        """Make the examples; the same settings and seed give the same bits. Training and held-out sets share none."""

    def vocabularies(self) -> dict[str, Vocabulary]:
        """Say what tokens are called, by the name of the input that they are in; empty where there are none."""
        return {}

    def sizes(self) -> tuple[int, int]:
        """Say before drawing how many examples there are to learn from, and held out: about, or at most."""
        return MAXIMUM_SAMPLES, MAXIMUM_SAMPLES

    def without_guests(self) -> "Dataset":
        """The same without examples that a person only shows to the network: what it learns from is all there."""
        return self


_held: WeakValueDictionary[tuple[type[Dataset], str, int], Examples] = WeakValueDictionary()
_latest: deque[Examples] = deque(maxlen=4)
SMALL = 2**23
"""Bytes of examples that are kept although nobody holds them."""


def drawn(dataset: Dataset, seed: int) -> Examples:
    """Give the examples of a dataset, drawn anew only where nobody holds them: nobody changes them, so many may.

    Sentences and pictures take a second to draw, which everybody would wait for who goes back in time.
    """
    key = (type(dataset), dataset.model_dump_json(), seed)
    examples = _held.get(key)
    if examples is None:
        examples = _held[key] = dataset.draw(seed)
        if examples.nbytes <= SMALL:
            _latest.append(examples)
    return examples


class Sampled(BaseModel):
    """Settings of data that are drawn at random, as many as wanted."""

    samples: int = Field(
        default=240, ge=2, le=MAXIMUM_SAMPLES, description="How many examples are drawn."
    )
    noise: float = Field(
        default=0.1,
        ge=0,
        le=1,
        description="How far points are pushed at random: the standard deviation.",
    )
    validation: float = Field(
        default=1 / 3,
        ge=0.05,
        le=0.9,
        description="Share of the examples that is held out to measure with.",
    )

    def sizes(self) -> tuple[int, int]:
        """Part them by the share."""
        held_out = min(max(round(self.validation * self.samples), 1), self.samples - 1)
        return self.samples - held_out, held_out

    def chance(self, seed: int, uniform: int = 4, normal: int = 2) -> "Chance":
        """Draw what is left to chance, with so many numbers of each sort for each example."""
        keys = generator(seed, "held out").random(self.samples)
        held_out = np.zeros(self.samples, dtype=bool)
        held_out[np.argsort(keys, kind="stable")[: self.sizes()[1]]] = True
        return Chance(
            uniform=generator(seed, "places").random((self.samples, uniform)),
            normal=generator(seed, "noise").standard_normal((self.samples, normal)),
            held_out=held_out,
        )


@dataclass(frozen=True)
class Chance:
    """All that is random in a drawing, one row for each example.

    Noise is no part of it and the other settings have streams of their own, so that examples keep their ids and glide
    when noise changes, more of them leave the earlier ones alone, and a greater share holds out the same and some more.
    """

    uniform: Numbers
    """From 0 to 1: where the example is by its nature."""
    normal: Numbers
    """Standard normal: in which direction noise pushes it."""
    held_out: NDArray[np.bool_]


def generator(seed: int, purpose: str) -> np.random.Generator:
    """Make the random numbers of one purpose: counter-based, and independent of those of any other."""
    sequence = np.random.SeedSequence(seed, spawn_key=tuple(purpose.encode()))
    return np.random.Generator(np.random.Philox(sequence))


def in_turn(count: int, classes: int) -> NDArray[np.int64]:
    """Give examples classes in turn, so that each class has as many, and keeps its own when more are drawn."""
    return np.arange(count, dtype=np.int64) % classes


def split(ids: NDArray[np.int64], arrays: Arrays, held_out: NDArray[np.bool_]) -> Examples:
    """Part examples into those that train and those held out."""
    train, validation = (
        Split(ids[chosen], {name: array[chosen] for name, array in arrays.items()})
        for chosen in (~held_out, held_out)
    )
    return Examples(train, validation)
