"""How much of a worker's time goes into looking: at most 4 % of what goes into training.

Seconds are earned by training and spent by looking, always of the processor's time and never of the
wall's: on a busy machine both shrink together. What the worker earns is shared out equally among the
runs that are looked at and, within a run, among its probes, as long as they have a use for it. So
when time is short each probe comes less often, the costly ones first, and none starves. A look that
should not wait may be taken on credit, unless it is a costly one; half of what the run earns next pays
that back, so that cheap looks go on meanwhile. Looks that keep no training waiting, as nothing trains, are free.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

SHARE = 0.04
CREDIT = 0.1
"""Seconds that the probes of a run may owe."""
PAYBACK = 0.5
"""Share of what a run earns that goes into what its probes owe, as long as they have a use for the rest."""
UNKNOWN = 0.002
"""Seconds that a look is taken to cost before the first."""
RECENT = 0.3
"""Weight of the newest look in what a look costs."""


@dataclass(eq=False)
class Purse:
    """What one watched probe may spend, and what one look of it costs lately."""

    balance: float = 0.0
    cost: float = UNKNOWN
    is_known: bool = False

    @property
    def is_full(self) -> bool:
        """Whether there is enough for the next look."""
        return self.balance >= self.cost

    @property
    def has_credit(self) -> bool:
        """Whether a look is cheap enough to be paid for later; until it is known, one look finds out."""
        return self.cost < CREDIT

    def measure(self, seconds: float) -> None:
        """Learn what a look costs."""
        self.cost += (seconds - self.cost) * (RECENT if self.is_known else 1.0)
        self.is_known = True


@dataclass(eq=False)
class Account:
    """What the probes of one run have: those purses that have a use for money, and what they owe together."""

    purses: list[Purse] = field(default_factory=list)
    debt: float = 0.0

    @property
    def has_credit(self) -> bool:
        """Whether a look that should not wait may be taken."""
        return self.debt < CREDIT

    @property
    def is_hungry(self) -> bool:
        """Whether it has a use for more."""
        return self.debt > 0 or any(not purse.is_full for purse in self.purses)

    def spend(self, purse: Purse, seconds: float) -> None:
        """Pay for a look from its purse, and what that lacks on credit."""
        own = min(seconds, purse.balance)
        purse.balance -= own
        self.debt += seconds - own

    def earn(self, seconds: float) -> None:
        """Pay back what is owed; share the rest among the purses that are not full."""
        hungry = [purse for purse in self.purses if not purse.is_full]
        paid = min(seconds * PAYBACK if hungry else seconds, self.debt)
        self.debt -= paid
        for purse in hungry:
            purse.balance = min(purse.balance + (seconds - paid) / len(hungry), purse.cost)


class Governor:
    """The books of a worker."""

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

    def looked(self, account: Account, purse: Purse, seconds: float, *, free: bool) -> None:
        """Book a look; a `free` one kept nothing waiting."""
        self.looks += 1
        purse.measure(seconds)
        if free:
            self.looking_free += seconds
        else:
            self.looking += seconds
            account.spend(purse, seconds)

    def share_out(self, accounts: Iterable[Account]) -> None:
        """Give out what was earned, equally to the runs that have a use for it.

        What nobody has a use for is gone: time that was not spent is not saved up.
        """
        earned, self._earned = self._earned, 0.0
        hungry = [account for account in accounts if account.is_hungry]
        for account in hungry:
            account.earn(earned / len(hungry))
