"""Rows of digits and what to do with them."""

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from neurarium.dataset import Examples, Vocabulary
from neurarium.pairs import Dice, Drawn, Pair, Pairs, distinct, part

DIGITS = "0123456789"
Exercise = Literal["reverse", "sort", "copy"]


class DigitSequences(Drawn, Pairs):
    """Write a row of digits backwards, in order of size, or as it is. Easy for a person; is it for a network?"""

    title: ClassVar = "digit sequences"
    kind: Literal["DigitSequences"] = "DigitSequences"
    exercise: Exercise = Field(
        default="reverse",
        description="What to write: the row backwards, its digits in order, or the row itself.",
    )
    shortest: int = Field(default=2, ge=2, le=40, description="Least digits in a row.")
    longest: int = Field(default=12, ge=2, le=40, description="Most digits in a row.")

    def longest_source(self) -> int:
        """As set."""
        return self.longest

    def longest_target(self) -> int:
        """As many as are read."""
        return self.longest

    def vocabularies(self) -> dict[str, Vocabulary]:
        """Ten digits, read and written."""
        digits = Vocabulary.of(DIGITS, spaced=False)
        return {"source": digits, "target": digits}

    def draw(self, seed: int) -> Examples:
        """Draw rows of all lengths."""
        rows, pairs = distinct(seed, self.samples, 1 + self.longest, self._make)
        arrays = self.sources([pair.source for pair in pairs])
        return part(
            seed, self.validation, rows, arrays | self.targets([pair.target for pair in pairs])
        )

    def _make(self, dice: Dice, row: int) -> Pair:
        length = dice.whole(self.shortest, self.longest)
        digits = tuple(dice.pick(DIGITS) for _ in range(length))
        ways = {"reverse": digits[::-1], "sort": tuple(sorted(digits)), "copy": digits}
        return Pair(digits, ways[self.exercise])

    @model_validator(mode="after")
    def _lengths_fit(self) -> Self:
        if self.shortest > self.longest:
            raise ValueError(
                f"The shortest row has {self.shortest} digits, more than the longest with {self.longest}."
            )
        return self
