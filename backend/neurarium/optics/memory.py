"""Remember what follows from an object that never changes, for as long as the object lives."""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar
from weakref import ReferenceType, ref

Result = TypeVar("Result")


class Memory:
    """Answers about objects, told apart by identity and not by value: no hashing of a dataset with all its points."""

    def __init__(self, kept: int = 64) -> None:
        """Keep so many answers for one object; the oldest makes room."""
        self._kept = kept
        self._known: dict[int, tuple[ReferenceType[Any], dict[Hashable, Any]]] = {}

    def recall(self, owner: object, key: Hashable, make: Callable[[], Result]) -> Result:
        """Return what was made for this object and key, or make it."""
        number = id(owner)
        entry = self._known.get(number)
        if entry is None or entry[0]() is not owner:
            entry = (ref(owner, lambda _: self._known.pop(number, None)), {})
            self._known[number] = entry
        answers = entry[1]
        if key not in answers:
            while len(answers) >= self._kept:
                answers.pop(next(iter(answers)))
            answers[key] = make()
        result: Result = answers[key]
        return result
