"""English sentences and their German translations, from a small grammar."""

from functools import cache
from itertools import accumulate
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from neurarium.bytepairs import require_tokenizers
from neurarium.dataset import Examples, Vocabulary, words_of
from neurarium.grammar.lexicon import english_words, german_words
from neurarium.grammar.sentence import Mix, Writer, aligned
from neurarium.pairs import Dice, Drawn, Pair, Pairs, distinct

LONGEST = {"short": (20, 22), "long": (29, 32)}
"""Most words of an English and of a German sentence, signs counted; a longer one is not used."""
PIECES = 2
"""Most pieces to a word, on average over a sentence; a sentence with more is not used."""
NUMBERS = 128
"""Random numbers that one sentence is made of, at most."""


class EnglishGerman(Drawn, Pairs):
    """English sentences to be said in German: articles and adjectives agree, and many verbs go to the end."""

    title: ClassVar = "English-German"
    kind: Literal["EnglishGerman"] = "EnglishGerman"
    mix: Mix = Field(
        default="long",
        description="Many short sentences of up to 20 words, or longer ones of up to 29.",
    )
    difficulty: int = Field(
        default=2,
        ge=1,
        le=3,
        description="1: gender and case. 2: also verbs at the end. 3: also plural, dative, and clauses in clauses.",
    )
    tokens: Literal["word", "bytepair"] = Field(
        default="word",
        description="What is read and written at once: a word, or a piece of one (byte pairs): `alt` and `es`.",
    )
    merges: int = Field(
        default=150, ge=100, le=300, description="How many byte pairs become pieces, at most."
    )
    joint: bool = Field(
        default=False,
        description="Whether both languages have one vocabulary, so that their embeddings may be tied.",
    )

    def longest_source(self) -> int:
        """By the mix."""
        return LONGEST[self.mix][0] * (PIECES if self.tokens == "bytepair" else 1)

    def longest_target(self) -> int:
        """By the mix."""
        return LONGEST[self.mix][1] * (PIECES if self.tokens == "bytepair" else 1)

    def vocabularies(self) -> dict[str, Vocabulary]:
        """All words of the grammar, or all their pieces, whatever is drawn of them."""
        merges = self.merges if self.tokens == "bytepair" else None
        return {
            name: _vocabulary("both" if self.joint else language, merges)
            for name, language in (("source", "English"), ("target", "German"))
        }

    def alignments(self, source: str, target: str) -> list[tuple[int, int]]:
        """Tell where participles and infinitives at the ends of German clauses are, and where their English verbs.

        Of words in pieces, it is the first piece.
        """
        english, german = words_of(source), words_of(target)
        here, there = (
            [0, *accumulate(len(vocabulary.split(word)) for word in words)]
            for words, vocabulary in zip(
                (english, german), self.vocabularies().values(), strict=True
            )
        )
        return [(there[place], here[verb]) for place, verb in aligned(english, german)]

    def draw(self, seed: int) -> Examples:
        """Make sentences; those that are too long are made anew."""
        return self.parted(
            seed, self.validation, *distinct(seed, self.samples, NUMBERS, self._make)
        )

    def _make(self, dice: Dice, row: int) -> Pair | None:
        english, german = Writer(dice, self.mix, self.difficulty).sentence()
        if self.tokens == "bytepair":
            source, target = self.vocabularies().values()
            english = tuple(piece for word in english for piece in source.cutter.cut(word))
            german = tuple(piece for word in german for piece in target.cutter.cut(word))
        fits = len(english) <= self.longest_source() and len(german) <= self.longest_target()
        return Pair(english, german) if fits else None

    @model_validator(mode="after")
    def _can_be_cut(self) -> Self:
        if self.tokens == "bytepair":
            require_tokenizers()
        return self


@cache
def _vocabulary(language: Literal["English", "German", "both"], merges: int | None) -> Vocabulary:
    words = [] if language == "German" else english_words()
    words += [] if language == "English" else german_words()
    return (
        Vocabulary.of(dict.fromkeys(words))
        if merges is None
        else Vocabulary.of_pieces(words, merges)
    )
