"""Delayed recall: what was said first has to be remembered to the end."""

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from neurarium.dataset import ClassTarget, Examples, Target, Vocabulary, in_turn
from neurarium.pairs import Dice, Drawn, Pair, Sources, distinct, part

SYMBOLS = "ABCDEFGH"
DISTRACTORS = "uvwxyz"
"""What follows: it means nothing."""


class Recall(Drawn, Sources):
    """Say which symbol came first, after many others that mean nothing. The longer ago it was, the harder to learn."""

    title: ClassVar = "recall"
    kind: Literal["Recall"] = "Recall"
    symbols: int = Field(
        default=4, ge=2, le=len(SYMBOLS), description="How many symbols may come first."
    )
    shortest: int = Field(default=3, ge=3, le=200, description="Least symbols in a row.")
    longest: int = Field(default=40, ge=3, le=200, description="Most symbols in a row.")

    def longest_source(self) -> int:
        """As set."""
        return self.longest

    def vocabularies(self) -> dict[str, Vocabulary]:
        """The symbols to remember, then those that mean nothing."""
        return {"source": Vocabulary.of(SYMBOLS[: self.symbols] + DISTRACTORS, spaced=False)}

    def target(self) -> Target:
        """The first symbol."""
        return ClassTarget(names=tuple(SYMBOLS[: self.symbols]))

    def draw(self, seed: int) -> Examples:
        """Let each symbol come first as often, before rows of all lengths."""
        rows, pairs = distinct(seed, self.samples, 1 + self.longest, self._make)
        labels = in_turn(self.samples, self.symbols)[rows]
        arrays = self.sources([pair.source for pair in pairs])
        return part(seed, self.validation, rows, arrays | {"y": labels})

    def _make(self, dice: Dice, row: int) -> Pair:
        length = dice.whole(self.shortest, self.longest)
        others = (dice.pick(DISTRACTORS) for _ in range(length - 1))
        return Pair((SYMBOLS[row % self.symbols], *others), ())

    @model_validator(mode="after")
    def _lengths_fit(self) -> Self:
        if self.shortest > self.longest:
            raise ValueError(
                f"The shortest row has {self.shortest} symbols, more than the longest with {self.longest}."
            )
        return self
