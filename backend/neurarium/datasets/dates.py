"""Dates in many forms, to be written in one."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import ClassVar, Literal

from pydantic import Field

from neurarium.dataset import Examples, Vocabulary
from neurarium.pairs import Dice, Drawn, Pair, Pairs, distinct

FIRST, LAST = date(1969, 1, 1).toordinal(), date(2068, 12, 31).toordinal()
"""A century: of a year two digits are enough."""
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
Form = Literal["long", "short", "american", "weekday", "two digits", "dots", "slashes"]
FORMS: Mapping[Form, Callable[[date], str]] = {
    "long": lambda day: f"{day.day} {MONTHS[day.month - 1]} {day.year}",
    "short": lambda day: f"{day.day} {MONTHS[day.month - 1][:3]} {day.year}",
    "american": lambda day: f"{MONTHS[day.month - 1]} {day.day}, {day.year}",
    "weekday": lambda day: f"{DAYS[day.weekday()]}, {day.day} {MONTHS[day.month - 1]} {day.year}",
    "two digits": lambda day: f"{day.day} {MONTHS[day.month - 1][:3]} {day.year % 100:02}",
    "dots": lambda day: f"{day.day:02}.{day.month:02}.{day.year}",
    "slashes": lambda day: f"{day.month:02}/{day.day:02}/{day.year}",
}
"""How a date is written: with dots the day comes first, with slashes the month."""
READING: Mapping[Form, str] = {
    "long": "%d %B %Y",
    "short": "%d %b %Y",
    "american": "%B %d, %Y",
    "weekday": "%A, %d %B %Y",
    "two digits": "%d %b %y",
    "dots": "%d.%m.%Y",
    "slashes": "%m/%d/%Y",
}
"""The same forms as they are read."""
LONGEST: Mapping[Form, int] = {
    form: max(len(write(date(2000, month, day))) for month in range(1, 13) for day in range(20, 30))
    for form, write in FORMS.items()
}
SIGNS = "0123456789 ,./" + "".join(sorted({*"".join(MONTHS), *"".join(DAYS)}))
WRITTEN = "0123456789-"


class Dates(Drawn, Pairs):
    """A date as people write it, in one of many forms; to be written as year, month and day: `1984-01-03`."""

    title: ClassVar = "dates"
    kind: Literal["Dates"] = "Dates"
    forms: tuple[Form, ...] = Field(
        default=tuple(FORMS),
        min_length=1,
        max_length=len(FORMS),
        description="How dates are written: `3 January 1984`, `3 Jan 1984`, `January 3, 1984`, `Tuesday, 3 January"
        " 1984`, `3 Jan 84`, `03.01.1984`, `01/03/1984`.",
    )

    def longest_source(self) -> int:
        """By the longest of the forms."""
        return max(LONGEST[form] for form in self.forms)

    def longest_target(self) -> int:
        """Ten signs, all of them."""
        return len("1984-01-03")

    def vocabularies(self) -> dict[str, Vocabulary]:
        """Characters."""
        return {
            "source": Vocabulary.of(SIGNS, spaced=False),
            "target": Vocabulary.of(WRITTEN, spaced=False),
        }

    def answer(self, source: tuple[str, ...]) -> tuple[str, ...] | None:
        """Read a date of the century, written exactly in one of the forms; None for anything else."""
        text = "".join(source)
        for form in self.forms:
            day = _read(text, READING[form])
            if day and FIRST <= day.toordinal() <= LAST and FORMS[form](day) == text:
                return tuple(day.isoformat())
        return None

    def draw(self, seed: int) -> Examples:
        """Draw days of a century, each in one of the forms."""
        return self.parted(seed, self.validation, *distinct(seed, self.samples, 2, self._make))

    def _make(self, dice: Dice, row: int) -> Pair:
        day = date.fromordinal(dice.whole(FIRST, LAST))
        return Pair(tuple(FORMS[dice.pick(self.forms)](day)), tuple(day.isoformat()))


def _read(text: str, form: str) -> date | None:
    try:
        return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        return None
