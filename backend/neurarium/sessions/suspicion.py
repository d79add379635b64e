"""Which run ends its workers: it is given one of its own, and in the end no more."""

from collections import deque

from neurarium.clock import Clock
from neurarium.sessions import limits


class Suspicion:
    """Deaths of workers by the run whose turn it was. Only those of the last minute count."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._deaths: dict[str, deque[float]] = {}

    def blame(self, run: str) -> int:
        """Note that a worker died in a run's turn; say how many have lately."""
        deaths = self._deaths.setdefault(run, deque(maxlen=limits.DEATHS))
        deaths.append(self._clock.elapsed())
        return self.deaths(run)

    def deaths(self, run: str) -> int:
        """Count the workers that died in its turn lately."""
        deaths = self._deaths.get(run)
        if deaths is None:
            return 0
        while deaths and self._clock.elapsed() - deaths[0] > limits.RESTART_WINDOW:
            deaths.popleft()
        if not deaths:
            del self._deaths[run]
        return len(deaths)

    def wants_cell(self, run: str) -> bool:
        """Whether its next worker should have no other run."""
        return self.deaths(run) >= limits.DEATHS - 1

    def is_hopeless(self, run: str) -> bool:
        """Whether no worker should take it any more."""
        return self.deaths(run) >= limits.DEATHS

    def forget(self, run: str) -> None:
        """The run is no more."""
        self._deaths.pop(run, None)
