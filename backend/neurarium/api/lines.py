"""How many sockets there may be, and how fast they may speak."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from neurarium.clock import CLOCK, Clock

MAXIMUM_LINES = 800
MAXIMUM_LINES_OF_ONE = 256
MESSAGES_A_SECOND = 50.0
BURST = 100.0


class Lines:
    """The sockets that are open, by owner."""

    def __init__(self) -> None:
        self._open: Counter[str] = Counter()

    @contextmanager
    def taken(self, owner: str) -> Iterator[bool]:
        """Count one more socket while it lives; say whether there is room for it."""
        self._open[owner] += 1
        try:
            yield self._open.total() <= MAXIMUM_LINES and self._open[owner] <= MAXIMUM_LINES_OF_ONE
        finally:
            self._open[owner] -= 1
            self._open += Counter()  # forget owners without sockets


class Bucket:
    """Lets messages pass at a rate, and some more at once."""

    def __init__(
        self, rate: float = MESSAGES_A_SECOND, burst: float = BURST, clock: Clock = CLOCK
    ) -> None:
        self._rate, self._burst, self._clock = rate, burst, clock
        self._level = burst
        self._since = clock.elapsed()

    def take(self) -> bool:
        """Take one message out; say whether there was room for it."""
        now = self._clock.elapsed()
        self._level = min(self._burst, self._level + (now - self._since) * self._rate)
        self._since = now
        self._level -= 1
        return self._level >= 0

    def give_back(self) -> None:
        """Put one message back in: it was asked for."""
        self._level += 1
