"""The table of the bars: what was measured, what it should be, and whether it is."""

import json
from pathlib import Path
from typing import NamedTuple

FIRST = "mlp"
"""The feature whose bars these are, unless told otherwise: each counts its own."""
HEAD = ("feature", "bar", "what", "measured", "target", "met")


class Row(NamedTuple):
    """One measurement against one target."""

    subject: str
    bar: int
    what: str
    measured: str
    target: str
    met: bool


class Table:
    """All measurements of one run of the bars."""

    def __init__(self) -> None:
        self.rows: list[Row] = []

    def hold(
        self, bar: int, what: str, measured: str, target: str, met: bool, subject: str = FIRST
    ) -> None:
        """Write a measurement down, then fail if it misses its target."""
        row = Row(subject, bar, what, measured, target, met)
        self.rows.append(row)
        assert met, miss(row)

    def note(self, bar: int, what: str, measured: str, subject: str = FIRST) -> None:
        """Write down what stands beside a measurement: a baseline, a cost."""
        self.rows.append(Row(subject, bar, what, measured, "", True))

    def write(self, folder: Path) -> None:
        """Write the table for people and for programs."""
        folder.mkdir(exist_ok=True)
        rows = sorted(self.rows, key=lambda row: (row.subject != FIRST, row.subject, row.bar))
        cells = [HEAD, ["---"] * len(HEAD)]
        cells += [(*map(str, row[:-1]), met(row)) for row in rows]
        lines = ["| " + " | ".join(row) + " |" for row in cells]
        (folder / "bars.md").write_text("\n".join(lines) + "\n", "utf-8")
        document = json.dumps([row._asdict() for row in rows], indent=1, ensure_ascii=False)
        (folder / "bars.json").write_text(document + "\n", "utf-8")


def miss(row: Row) -> str:
    """Say what a measurement is, and what it should be."""
    return (
        f"{row.subject}, bar {row.bar}, {row.what}: {row.measured}, but it should be {row.target}"
    )


def met(row: Row) -> str:
    """Write whether a row has met its target; a note has none."""
    return "" if not row.target else "yes" if row.met else "NO"
