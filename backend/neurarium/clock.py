"""Time, read in one place: wall time for people, elapsed time for everything that waits or ages.

A wall clock may jump by a year or stand still; nothing here that decides anything reads it.
"""

import time


class Clock:
    """Both kinds of time, so that a test can bring its own."""

    def wall(self) -> float:
        """Seconds since 1970, to be shown and stored."""
        return time.time()

    def elapsed(self) -> float:
        """Seconds since some moment, never going back: for timeouts, rates and ages."""
        return time.monotonic()


CLOCK = Clock()
"""The machine's own."""
