"""How much of a worker's time goes into looking: at most 4 % of what goes into training.

Seconds are earned by training and spent by looking, always of the processor's time and never of the
wall's: on a busy machine both shrink together. What the worker earns is shared out equally among the
runs that are looked at and, within a run, among its probes, as long as they have a use for it. So
when time is short each probe comes less often, the costly ones first, and none starves. Looks that
keep no training waiting, as nothing trains, are free.
"""

from collections.abc import Iterable

SHARE = 0.04
DEBT = 0.2
"""Seconds that the probes of a run may owe for looks that could not wait."""
UNKNOWN = 0.002
"""Seconds that a look is taken to cost before the first."""
RECENT = 0.3
"""Weight of the newest look in what a look costs."""


class Purse:
    """What one watched probe may spend, and what one look of it costs lately."""

    def __init__(self) -> None:
        self.balance = 0.0
        self.cost = UNKNOWN
        self._known = False

    @property
    def is_full(self) -> bool:
        """Whether there is enough for the next look."""
        return self.balance >= self.cost

    def measure(self, seconds: float) -> None:
        """Learn what a look costs."""
        self.cost += (seconds - self.cost) * (RECENT if self._known else 1.0)
        self._known = True


class Governor:
    """The accounts of a worker."""

    def __init__(self, share: float = SHARE) -> None:
        self.share = share
        self.training = 0.0
        """Seconds of the processor that went into steps."""
        self.looking = 0.0
        """Seconds that went into looks for which training had to wait."""
        self.looking_free = 0.0
        """Seconds that went into looks while there was nothing to train."""
        self.looks = 0
        self._earned = 0.0

    def trained(self, seconds: float) -> None:
        """Earn a share of the time that went into training."""
        self.training += seconds
        self._earned += seconds * self.share

    def looked(self, purse: Purse, seconds: float, *, free: bool) -> None:
        """Book a look; a `free` one kept nothing waiting."""
        self.looks += 1
        purse.measure(seconds)
        if free:
            self.looking_free += seconds
        else:
            self.looking += seconds
            purse.balance -= seconds

    def share_out(self, runs: Iterable[list[Purse]]) -> None:
        """Give out what was earned: equally to runs, then equally to those purses that are not full.

        What nobody has a use for is gone: time that was not spent is not saved up.
        """
        earned, self._earned = self._earned, 0.0
        hungry = [[purse for purse in purses if not purse.is_full] for purses in runs]
        hungry = [purses for purses in hungry if purses]
        for purses in hungry:
            part = earned / len(hungry) / len(purses)
            for purse in purses:
                purse.balance = min(purse.balance + part, purse.cost)


def may_owe(purses: Iterable[Purse]) -> bool:
    """Say whether a look that should not wait may be taken on credit."""
    return sum(min(0.0, purse.balance) for purse in purses) > -DEBT
