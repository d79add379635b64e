"""Rows of digits, bits and brackets, and what to do with them."""

from collections.abc import Mapping
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from neurarium.dataset import ClassTarget, Examples, Target, Vocabulary, in_turn
from neurarium.pairs import Dice, Drawn, Pair, Pairs, Sources, distinct, part
from neurarium_models.tensor import TensorSpec

DIGITS, BITS = "0123456789", "01"
CLOSING = {"(": ")", "[": "]"}
BRACKETS = "()[]"
Exercise = Literal["reverse", "sort", "copy", "brackets", "parity"]
ANSWERS: Mapping[Exercise, tuple[str, str]] = {
    "brackets": ("unbalanced", "balanced"),
    "parity": ("even", "odd"),
}
"""Exercises whose answer is one of two classes."""


class DigitSequences(Drawn, Pairs):
    """Write a row of digits backwards, in order, or as it is; or say whether brackets close, or the ones are odd."""

    title: ClassVar = "digit sequences"
    kind: Literal["DigitSequences"] = "DigitSequences"
    exercise: Exercise = Field(
        default="reverse",
        description="Write the row backwards, its digits in order, or the row itself; or say whether every bracket is"
        " closed in its turn, or whether the number of ones is odd.",
    )
    shortest: int = Field(default=2, ge=2, le=60, description="Least signs in a row.")
    longest: int = Field(default=12, ge=2, le=60, description="Most signs in a row.")

    def longest_source(self) -> int:
        """As set."""
        return self.longest

    def longest_target(self) -> int:
        """As many as are read."""
        return self.longest

    def inputs(self) -> dict[str, TensorSpec]:
        """The row, and what is to be written unless the answer is a class."""
        return Sources.inputs(self) if self.exercise in ANSWERS else super().inputs()

    def target(self) -> Target:
        """The other row, or a class."""
        if self.exercise in ANSWERS:
            return ClassTarget(names=ANSWERS[self.exercise])
        return super().target()

    def vocabularies(self) -> dict[str, Vocabulary]:
        """Ten digits, read and written; bits or brackets, read."""
        if self.exercise in ANSWERS:
            signs = BRACKETS if self.exercise == "brackets" else BITS
            return {"source": Vocabulary.of(signs, spaced=False)}
        digits = Vocabulary.of(DIGITS, spaced=False)
        return {"source": digits, "target": digits}

    def alignments(self, source: str, target: str) -> list[tuple[int, int]]:
        """Tell which digit is which, where it is not only known by its value."""
        places = range(len(source))
        ways = {"reverse": places[::-1], "copy": places}
        return list(zip(places, ways.get(self.exercise, ()), strict=False))

    def answer(self, source: tuple[str, ...]) -> tuple[str, ...]:
        """Write a row as the exercise wants it; nothing where that is a class."""
        if self.exercise == "reverse":
            return source[::-1]
        if self.exercise == "sort":
            return tuple(sorted(source))
        return source if self.exercise == "copy" else ()

    def draw(self, seed: int) -> Examples:
        """Draw rows of all lengths; where the answer is a class, each as often."""
        rows, pairs = distinct(seed, self.samples, 4 + 2 * self.longest, self._make)
        if self.exercise not in ANSWERS:
            return self.parted(seed, self.validation, rows, pairs)
        arrays = self.sources([pair.source for pair in pairs])
        return part(seed, self.validation, rows, arrays | {"y": in_turn(self.samples, 2)[rows]})

    def _make(self, dice: Dice, row: int) -> Pair:
        if self.exercise == "brackets":
            half = dice.whole((self.shortest + 1) // 2, self.longest // 2)
            return Pair(tuple(_brackets(dice, 2 * half, is_right=row % 2 == 1)), ())
        length = dice.whole(self.shortest, self.longest)
        if self.exercise == "parity":
            bits = [dice.whole(0, 1) for _ in range(length - 1)]
            return Pair(tuple(str(bit) for bit in (*bits, (sum(bits) + row) % 2)), ())
        digits = tuple(dice.pick(DIGITS) for _ in range(length))
        return Pair(digits, self.answer(digits))

    @model_validator(mode="after")
    def _lengths_fit(self) -> Self:
        if self.shortest > self.longest:
            raise ValueError(
                f"The shortest row has {self.shortest} signs, more than the longest with {self.longest}."
            )
        if self.exercise == "brackets" and (self.shortest + 1) // 2 > self.longest // 2:
            raise ValueError(
                f"Brackets come in pairs, so no row of {self.longest} closes: let lengths differ."
            )
        return self


def _brackets(dice: Dice, length: int, is_right: bool) -> list[str]:
    """Open and close brackets at random; then, if it is to be wrong, swap two of them or change one."""
    signs: list[str] = []
    waiting: list[str] = []
    for place in range(length):
        if waiting and (len(waiting) == length - place or dice.happens(0.5)):
            signs.append(waiting.pop())
        else:
            opening = dice.pick("([")
            waiting.append(CLOSING[opening])
            signs.append(opening)
    if is_right:
        return signs
    one, other = dice.whole(0, length - 1), dice.whole(0, length - 1)
    signs[one], signs[other] = signs[other], signs[one]
    if _is_balanced(signs):
        signs[one] = dice.pick([sign for sign in BRACKETS if sign != signs[one]])
    return signs


def _is_balanced(signs: list[str]) -> bool:
    text, before = "".join(signs), ""
    while text != before:
        text, before = text.replace("()", "").replace("[]", ""), text
    return not text
