"""All examples of a run, in the one order that every probe keeps: those that train, then those held out."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurarium.dataset import Arrays, Examples
from neurarium.optics.memory import Memory
from neurarium.probe import ProbeError

_memory = Memory()


@dataclass(frozen=True, eq=False)
class Gathering:
    """Every example, by row."""

    ids: NDArray[np.int64]
    held_out: NDArray[np.bool_]
    arrays: Arrays

    def __len__(self) -> int:
        """Count the examples."""
        return len(self.ids)

    def row(self, example: int | None) -> int:
        """Find an example by its id; without one, the first that is held out, or else the first of all."""
        if not len(self):
            raise ProbeError("There are no examples to look at.")
        if example is None:
            return int(np.argmax(self.held_out))
        rows = np.flatnonzero(self.ids == example)
        if not len(rows):
            raise ProbeError(
                f"There is no example #{example} in the data: it was deleted, or belongs to other data."
            )
        return int(rows[0])

    def rows(self, examples: NDArray[np.int64]) -> NDArray[np.int64] | None:
        """Find several examples by their ids, in their order; None where one of them is no longer there."""
        order = np.argsort(self.ids, kind="stable")
        places = np.searchsorted(self.ids, examples, sorter=order).clip(max=len(order) - 1)
        found: NDArray[np.int64] = order[places]
        return found if bool((self.ids[found] == examples).all()) else None

    def some(self, rows: NDArray[np.int64]) -> "Gathering":
        """Keep some of them, in the order of their rows."""
        if len(rows) == len(self):
            return self
        return Gathering(self.ids[rows], self.held_out[rows], self.pick(rows))

    def pick(self, rows: NDArray[np.int64] | slice) -> Arrays:
        """Take some rows of every array."""
        return {name: array[rows] for name, array in self.arrays.items()}


def gather(examples: Examples) -> Gathering:
    """Put both sets into one; done once for each drawing of the data."""
    return _memory.recall(examples, "all", lambda: _gather(examples))


def _gather(examples: Examples) -> Gathering:
    train, validation = examples.train, examples.validation
    return Gathering(
        ids=np.concatenate([train.ids, validation.ids]),
        held_out=np.repeat([False, True], [len(train), len(validation)]),
        arrays={
            name: np.concatenate([array, validation.arrays[name]])
            for name, array in train.arrays.items()
        },
    )
