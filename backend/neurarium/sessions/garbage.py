"""Cyclic garbage of a worker is collected between two turns.

Python would collect in the middle of one, and a run whose turn takes half a second for no fault of its own waits
until thirty others have had as much.
"""

import gc

YOUNG = 10_000
"""Containers made since the last look at those."""
OLDER = 10
"""Looks at the younger generation, after which the older one is looked at with it."""
OLDEST = 50
"""The same once more: after so many, everything is looked at, though runs wait."""


class Garbage:
    """What only this process's loop collects."""

    def __init__(self) -> None:
        gc.disable()

    def collect(self, *, idle: bool) -> None:
        """Collect what it is time for; where nobody waits for a turn, everything if anything has grown old."""
        young, older, oldest = gc.get_count()
        if oldest > OLDEST or (idle and oldest > 0):
            gc.collect()
        elif young > YOUNG:
            gc.collect(1 if older > OLDER else 0)

    def close(self) -> None:
        """Let Python collect by itself again."""
        gc.enable()
