"""In what two jobs differ: the keys of a job, as `--set` and PATCH take them, with both values."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from neurarium.training.job import Job

WHOLE = ("graph",)
"""Keys that are compared as a whole: their inside is shown by the page, not by a list."""
NAMES = ("title",)
"""Keys that change nothing."""


class Difference(NamedTuple):
    """One key whose values differ. A document is None here: that it differs is all that is said."""

    key: str
    before: str | float | bool | None
    after: str | float | bool | None


def difference(one: Job, other: Job) -> list[Difference]:
    """List the keys in which two jobs differ, in the order of the job."""
    before, after = (dict(_leaves(job.model_dump(mode="json"))) for job in (one, other))
    return [
        Difference(key, _plain(before.get(key)), _plain(after.get(key)))
        for key in dict.fromkeys([*before, *after])
        if before.get(key) != after.get(key)
    ]


def _leaves(document: dict[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in document.items():
        path = above + key
        if path in NAMES:
            continue
        if isinstance(value, dict) and path not in WHOLE:
            yield from _leaves(value, f"{path}.")
        else:
            yield path, value


def _plain(value: Any) -> str | float | bool | None:
    return value if isinstance(value, str | float | int) else None
