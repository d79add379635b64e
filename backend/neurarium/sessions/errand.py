"""Requests that may take long, as a past step must be computed again: done a little at a time, between turns."""

import logging
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from neurarium.sessions import limits
from neurarium.sessions.errors import NoSuchStep, Refused
from neurarium.sessions.protocol import Asked

LOGGER = logging.getLogger(__name__)


@dataclass
class Errand:
    """A request, and the way to where it can be answered."""

    asked: Asked
    way: Iterator[None]


@dataclass
class Errands:
    """What is still to be done: each run's in the order in which it was asked, the runs in turn."""

    _queues: dict[str, deque[Errand]] = field(default_factory=dict)

    def __len__(self) -> int:
        """Count them."""
        return sum(len(queue) for queue in self._queues.values())

    def __contains__(self, run: object) -> bool:
        """Say whether anything is to be done for a run: what is asked after it has to wait."""
        return run in self._queues

    @property
    def turn(self) -> str:
        """The run whose errand is next; empty if there is none."""
        return next(iter(self._queues), "")

    def add(self, asked: Asked, way: Iterator[None]) -> None:
        """Put a request at the end of its run's queue."""
        if len(self) >= limits.ERRANDS:
            raise Refused(
                "busy",
                f"{len(self)} requests for past steps are waiting. Ask again in a moment.",
                limit=int(limits.ERRANDS),
            )
        self._queues.setdefault(asked.run, deque()).append(Errand(asked, way))

    def drop(self, run: str) -> list[Asked]:
        """Give up what was to be done for a run; return what was asked."""
        return [errand.asked for errand in self._queues.pop(run, ())]

    def advance(self, until: float) -> Asked | None:
        """Go on with the next run's errand for a while; return its request once it can be answered."""
        run, queue = next(iter(self._queues.items()))
        self._queues[run] = self._queues.pop(run)  # the next time is another's
        try:
            for _ in queue[0].way:
                if time.monotonic() >= until:
                    return None
        except NoSuchStep:
            LOGGER.debug("run %s has gone back before the step that was asked for", run)
        except Exception:
            LOGGER.exception(
                "the way to a past step of run %s is blocked", run
            )  # so says the answer
        return self._done(run)

    def _done(self, run: str) -> Asked:
        queue = self._queues[run]
        asked = queue.popleft().asked
        if not queue:
            del self._queues[run]
        return asked
