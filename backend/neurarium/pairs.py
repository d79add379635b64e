"""The contract of datasets made of sentences: a source that is read and, for most, a target that is to be written.

Every source ends with `<eos>`; every target begins with `<bos>` and ends with `<eos>`; behind is `<pad>`. The mask of
`source` is called `source_mask`: True at all tokens but padding. No source is there twice, so that none is both
trained with and held out.
"""

from abc import abstractmethod
from collections.abc import Callable, Container, Sequence
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field

from neurarium.dataset import (
    BOS,
    EOS,
    PAD,
    Arrays,
    Dataset,
    Examples,
    InputTarget,
    Target,
    generator,
    split,
)
from neurarium_models.tensor import TensorSpec, features

MAXIMUM_SENTENCES = 20_000
TRIES = 16
"""How often an example is drawn anew where its source was there before; then there is one example less."""
GIVE_UP = 32
"""After so many examples in a row that are not new, there are no more to be found."""

Option = TypeVar("Option")


class Pair(NamedTuple):
    """One example in words."""

    source: tuple[str, ...]
    target: tuple[str, ...]
    label: int = 0
    """Its class, where the answer is no sentence."""


class Dice:
    """What is left to chance in one example: numbers from 0 to 1, used one after the other."""

    def __init__(self, numbers: Sequence[float]) -> None:
        """Start at the first number."""
        self._numbers = iter(numbers)

    def happens(self, probability: float) -> bool:
        """Let something happen with a probability."""
        return next(self._numbers) < probability

    def pick(self, options: Sequence[Option]) -> Option:
        """Choose one of some, each as likely."""
        return options[int(next(self._numbers) * len(options))]

    def whole(self, least: int, greatest: int) -> int:
        """Choose a whole number, both ends included."""
        return least + int(next(self._numbers) * (greatest - least + 1))


class Drawn(BaseModel):
    """Settings of sentences that are drawn at random, as many as wanted."""

    samples: int = Field(
        default=6000,
        ge=20,
        le=MAXIMUM_SENTENCES,
        description="How many sentences are drawn, all different; fewer where there are not as many.",
    )
    validation: float = Field(
        default=0.1,
        ge=0.02,
        le=0.9,
        description="Share of the sentences that is held out to measure with.",
    )

    def sizes(self) -> tuple[int, int]:
        """Part them by the share."""
        held_out = share(self.validation, self.samples)
        return self.samples - held_out, held_out


class Sources(Dataset):
    """Sentences to be read, whatever is to be said of them."""

    @abstractmethod
    def longest_source(self) -> int:
        """Say how many tokens a source has at most, without its end."""

    def inputs(self) -> dict[str, TensorSpec]:
        """The source and where it holds."""
        return announced("source", "S", self.longest_source() + 1)

    def sources(self, sentences: Sequence[Sequence[str]]) -> Arrays:
        """Number the words of some sources: `source` and `source_mask`."""
        numbers = self.vocabularies()["source"].numbers
        rows = [[*(numbers[word] for word in words), EOS] for words in sentences]
        return padded("source", rows, self.longest_source() + 1)


class Targets(Dataset):
    """Sentences to be written, whatever they answer."""

    @abstractmethod
    def longest_target(self) -> int:
        """Say how many tokens a target has at most, without begin and end."""

    def inputs(self) -> dict[str, TensorSpec]:
        """The target and where it holds: each word is to be said from those before it."""
        return announced("target", "T", self.longest_target() + 2)

    def target(self) -> Target:
        """The sentence, which is among the inputs."""
        return InputTarget()

    def scene(self) -> tuple[tuple[str, ...], ...]:
        """Say of what a person may compose a scene: what may stand at each place of its sentence; empty: of nothing."""
        return ()

    def composed(self, scene: Sequence[str], seed: int) -> tuple[Arrays, tuple[str, ...]]:
        """Make one example of a scene: its arrays without the target, and the words that are right for it.

        The seed decides on all that its sentence does not say. Raise ValueError where there is no such scene.
        """
        raise ValueError("Of these data no scene can be composed.")

    def targets(self, sentences: Sequence[Sequence[str]]) -> Arrays:
        """Number the words of some targets: `target` and `target_mask`."""
        numbers = self.vocabularies()["target"].numbers
        rows = [[BOS, *(numbers[word] for word in words), EOS] for words in sentences]
        return padded("target", rows, self.longest_target() + 2)


class Pairs(Sources, Targets):
    """Sentences and what is to be written for each: a translation, an answer, the same in another order."""

    def inputs(self) -> dict[str, TensorSpec]:
        """Both sentences and where they hold."""
        return Sources.inputs(self) | Targets.inputs(self)

    def alignments(self, source: str, target: str) -> list[tuple[int, int]]:
        """Tell which word of a target says which of its source, where that is certain: pairs of places.

        Places are counted from 0 in the words of either sentence, without marks: a network that is told what was
        written so far, `<bos>` first, writes word `i` at place `i` of its input.
        """
        return []

    def answer(self, source: tuple[str, ...]) -> tuple[str, ...] | None:
        """Tell what is to be written for a source that may be no example; None where only people could tell."""
        return None

    def parted(
        self, seed: int, share: float, rows: NDArray[np.int64], pairs: list[Pair]
    ) -> Examples:
        """Number the words of some pairs, and hold out a share."""
        arrays = self.sources([pair.source for pair in pairs])
        return part(seed, share, rows, arrays | self.targets([pair.target for pair in pairs]))


def announced(name: str, axis: str, length: int) -> dict[str, TensorSpec]:
    """Describe tokens and their mask."""
    return {
        name: features(length, axes=axis, dtype="int64"),
        f"{name}_mask": features(length, axes=axis, dtype="bool"),
    }


def padded(name: str, rows: Sequence[Sequence[int]], length: int) -> Arrays:
    """Put lists of tokens into one array (sentences × length), padding behind, and say where they hold."""
    tokens = np.full((len(rows), length), PAD, dtype=np.int64)
    for line, row in zip(tokens, rows, strict=True):
        line[: len(row)] = row
    lengths = np.array([len(row) for row in rows], dtype=np.int64)
    return {name: tokens, f"{name}_mask": np.arange(length) < lengths[:, None]}


def distinct(
    seed: int, count: int, numbers: int, make: Callable[[Dice, int], Pair | None]
) -> tuple[NDArray[np.int64], list[Pair]]:
    """Make examples from chance (so many numbers each), no source twice; tell the row of each, which is its id.

    An example whose source was there before, or that is None, is made anew. It depends on its row and those before
    alone, so that more examples leave the earlier ones as they are.
    """
    chance = generator(seed, "sentences").random((count, numbers))
    seen: set[tuple[str, ...]] = set()
    rows: list[int] = []
    pairs: list[Pair] = []
    for row in range(count):
        pair = make(Dice(chance[row].tolist()), row)
        if pair is None or pair.source in seen:
            pair = _again(seed, row, numbers, make, seen)
        if pair is not None:
            seen.add(pair.source)
            rows.append(row)
            pairs.append(pair)
        elif row - (rows[-1] if rows else 0) > GIVE_UP:
            break
    return np.array(rows, dtype=np.int64), pairs


def _again(
    seed: int,
    row: int,
    numbers: int,
    make: Callable[[Dice, int], Pair | None],
    seen: Container[tuple[str, ...]],
) -> Pair | None:
    """Make one example anew until it is new; None where it never is."""
    for chance in generator(seed, f"sentence {row}").random((TRIES, numbers)).tolist():
        pair = make(Dice(chance), row)
        if pair is not None and pair.source not in seen:
            return pair
    return None


def share(part: float, count: int) -> int:
    """Say how many examples a share is: at least one, and not all."""
    return min(max(round(part * count), 1), count - 1)


def part(
    seed: int, validation: float, rows: NDArray[np.int64], arrays: dict[str, NDArray[Any]]
) -> Examples:
    """Hold out a share of the examples; a greater share holds out the same and some more."""
    keys = generator(seed, "held out").random(int(rows.max()) + 1)[rows]
    held_out = np.zeros(len(rows), dtype=bool)
    held_out[np.argsort(keys, kind="stable")[: share(validation, len(rows))]] = True
    return split(rows, arrays, held_out)
