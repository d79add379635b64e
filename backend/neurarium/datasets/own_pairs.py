"""Pairs of sentences that a person types or pastes: a line each, a tab or a comma between."""

import csv
from functools import lru_cache
from itertools import product
from typing import ClassVar, Literal, NamedTuple, Self

import numpy as np
from pydantic import Field, model_validator

from neurarium.bytepairs import require_tokenizers
from neurarium.dataset import Examples, Vocabulary, words_of
from neurarium.pairs import MAXIMUM_SENTENCES, Pair, Pairs, share

MAXIMUM_TEXT = 60_000
MAXIMUM_TOKENS = 120
LEAST = 4
COLUMNS = 2
Tokens = Literal["word", "character", "bytepair"]

SAMPLE = "\n".join(
    f"{english} {feeling}\t{german} {how}"
    for (english, german), (feeling, how) in product(
        (
            ("I am", "ich bin"), ("you are", "du bist"), ("she is", "sie ist"), ("he is", "er ist"),
            ("we are", "wir sind"), ("they are", "sie sind"),
        ),
        (
            ("tired", "müde"), ("happy", "froh"), ("here", "hier"), ("not here", "nicht hier"),
            ("at home", "zu Hause"), ("not at home", "nicht zu Hause"),
        ),
    )
)  # fmt: skip
"""What is there before a person types: 36 pairs."""


class Line(NamedTuple):
    """One pair, and where it stands in the text, counted from 1."""

    number: int
    source: str
    target: str


class OwnPairs(Pairs):
    """Your own pairs, a line each: a sentence, a tab or a comma, what is to be written for it. Some are held out."""

    title: ClassVar = "own pairs"
    kind: Literal["OwnPairs"] = "OwnPairs"
    text: str = Field(
        default=SAMPLE,
        max_length=MAXIMUM_TEXT,
        description="The pairs. Where there is a tab, columns are parted by tabs, else by commas; a text with commas"
        ' stands in quotation marks: `"yes, please",ja bitte`.',
    )
    tokens: Tokens = Field(
        default="word",
        description="What is read and written at once: a word, a character, or a piece of a word (byte pairs).",
    )
    merges: int = Field(
        default=100, ge=0, le=2000, description="How many byte pairs become pieces, at most."
    )
    validation: float = Field(
        default=0.15, ge=0.02, le=0.9, description="Share of the pairs that is held out."
    )

    def longest_source(self) -> int:
        """The longest there is."""
        return max(len(pair.source) for pair in self._pairs())

    def longest_target(self) -> int:
        """The longest there is."""
        return max(len(pair.target) for pair in self._pairs())

    def vocabularies(self) -> dict[str, Vocabulary]:
        """All that occurs, in the order in which it does; pieces are learned from all of the text."""
        return dict(zip(("source", "target"), _vocabularies(*self._key()), strict=True))

    def sizes(self) -> tuple[int, int]:
        """Count the pairs."""
        count = len(self._pairs())
        held_out = share(self.validation, count)
        return count - held_out, held_out

    def draw(self, seed: int) -> Examples:
        """Hold out some; a pair is known by its line."""
        pairs = self._pairs()
        return self.parted(
            seed, self.validation, np.array([pair.label for pair in pairs]), list(pairs)
        )

    def _key(self) -> tuple[str, Tokens, int]:
        return self.text, self.tokens, self.merges if self.tokens == "bytepair" else 0

    def _pairs(self) -> tuple[Pair, ...]:
        return _tokenised(*self._key())

    @model_validator(mode="after")
    def _can_be_read(self) -> Self:
        if self.tokens == "bytepair":
            require_tokenizers()
        self._pairs()
        return self


@lru_cache(maxsize=8)
def _lines(text: str) -> tuple[Line, ...]:
    """Read pairs, or raise ValueError with the line that is none."""
    delimiter = "\t" if "\t" in text else ","
    found = (
        _line(number, _cells(number, line, delimiter))
        for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1)
        if line.strip()
    )
    return tuple(found)


def _cells(number: int, line: str, delimiter: str) -> list[str]:
    """Part a line at tabs, or at commas outside of quotation marks."""
    if delimiter == "\t":
        return [cell.strip() for cell in line.split(delimiter)]
    try:
        row = next(csv.reader([line], skipinitialspace=True, strict=True))
    except csv.Error:
        raise ValueError(
            f"Line {number} cannot be read: a quotation mark is not closed before a comma or the end."
        ) from None
    return [cell.strip() for cell in row]


def _line(number: int, cells: list[str]) -> Line:
    if len(cells) != COLUMNS:
        raise ValueError(
            f"Line {number} has {len(cells)} column{'s' * (len(cells) > 1)}; a pair has two: a sentence, a tab or a "
            "comma, and what is to be written for it."
        )
    for cell, which in zip(cells, ("source", "target"), strict=True):
        if not cell:
            raise ValueError(f"Line {number} has no {which}.")
    return Line(number, *cells)


@lru_cache(maxsize=8)
def _vocabularies(text: str, tokens: Tokens, merges: int) -> tuple[Vocabulary, Vocabulary]:
    lines = _lines(text)
    sides = [line.source for line in lines], [line.target for line in lines]
    source, target = (_vocabulary(sentences, tokens, merges) for sentences in sides)
    return source, target


def _vocabulary(sentences: list[str], tokens: Tokens, merges: int) -> Vocabulary:
    if tokens == "character":
        return Vocabulary.of(dict.fromkeys("".join(sentences)), spaced=False)
    words = [word for sentence in sentences for word in words_of(sentence)]
    return (
        Vocabulary.of_pieces(words, merges)
        if tokens == "bytepair"
        else Vocabulary.of(dict.fromkeys(words))
    )


@lru_cache(maxsize=8)
def _tokenised(text: str, tokens: Tokens, merges: int) -> tuple[Pair, ...]:
    """Cut the pairs into tokens, each source once; raise ValueError with the line that is too long or contradicts."""
    lines = _lines(text)
    if not lines:
        raise ValueError(f"There is no pair yet; at least {LEAST} are needed.")
    source, target = _vocabularies(text, tokens, merges)
    found: dict[tuple[str, ...], Pair] = {}
    for line in lines:
        pair = Pair(tuple(source.split(line.source)), tuple(target.split(line.target)), line.number)
        for words, which in ((pair.source, "source"), (pair.target, "target")):
            if not 0 < len(words) <= MAXIMUM_TOKENS:
                raise ValueError(
                    f"Line {line.number} has {len(words)} tokens in its {which}; there may be 1 to {MAXIMUM_TOKENS}."
                )
        before = found.setdefault(pair.source, pair)
        if before.target != pair.target:
            raise ValueError(
                f"Line {line.number} has the same source as line {before.label}, but another target: nobody could know "
                "which is meant."
            )
    if not LEAST <= len(found) <= MAXIMUM_SENTENCES:
        raise ValueError(
            f"There are {len(found):,} different pairs; there may be {LEAST} to {MAXIMUM_SENTENCES:,}, as some are "
            "held out."
        )
    return tuple(found.values())
