"""English sentences and their German translations, from a small grammar."""

from typing import ClassVar, Literal

from pydantic import Field

from neurarium.dataset import Examples, Vocabulary
from neurarium.grammar.lexicon import english_words, german_words
from neurarium.grammar.sentence import Mix, Writer, aligned
from neurarium.pairs import Dice, Drawn, Pair, Pairs, distinct

LONGEST = {"short": (20, 22), "long": (29, 32)}
"""Most words of an English and of a German sentence, signs counted; a longer one is not used."""
NUMBERS = 128
"""Random numbers that one sentence is made of, at most."""
ENGLISH, GERMAN = Vocabulary.of(english_words()), Vocabulary.of(german_words())


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

    def longest_source(self) -> int:
        """By the mix."""
        return LONGEST[self.mix][0]

    def longest_target(self) -> int:
        """By the mix."""
        return LONGEST[self.mix][1]

    def vocabularies(self) -> dict[str, Vocabulary]:
        """All words of the grammar, whatever the settings are."""
        return {"source": ENGLISH, "target": GERMAN}

    def alignments(self, source: str, target: str) -> list[tuple[int, int]]:
        """Tell where participles and infinitives at the ends of German clauses are, and where their English verbs."""
        return aligned(ENGLISH.split(source), GERMAN.split(target))

    def draw(self, seed: int) -> Examples:
        """Make sentences; those that are too long are made anew."""
        rows, pairs = distinct(seed, self.samples, NUMBERS, self._make)
        return self.parted(seed, self.validation, rows, pairs)

    def _make(self, dice: Dice, row: int) -> Pair | None:
        english, german = Writer(dice, self.mix, self.difficulty).sentence()
        fits = len(english) <= self.longest_source() and len(german) <= self.longest_target()
        return Pair(english, german) if fits else None
