"""One socket, seen from below: how far it has read each log, and one slot for each picture.

Logs are not copied for a viewer: it has a place in each, and `next` reads on from there. Who falls
too far behind skips to the newest record and is told the gap. A picture waits in its slot until a
credit is free; a newer one takes its place. So a viewer that never reads costs nearly nothing and
keeps nobody waiting.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from neurarium.clock import CLOCK, Clock
from neurarium.sessions import limits
from neurarium.sessions.errors import Refused
from neurarium.sessions.log import Log, Record

FrameBytes = bytes
"""The MessagePack map of a `FrameMessage` without `subscription`, made once for all viewers."""
MAP = 0x80
MAP_ENTRIES = 15
SUBSCRIPTION = b"\xacsubscription\xce"


@dataclass(frozen=True)
class Recorded:
    """A record of a run's log is to be sent."""

    run: str
    epoch: str
    record: Record


@dataclass(frozen=True)
class Restarted:
    """The log cannot be resumed from where the viewer was: history comes by REST, then it goes on after `seq`."""

    run: str
    reason: Literal["epoch", "too-old", "too-much"]
    epoch: str
    seq: int


@dataclass(frozen=True)
class Skipped:
    """The viewer was too slow: records `first` to `last` will not be sent."""

    run: str
    first: int
    last: int


@dataclass(frozen=True)
class Shown:
    """A frame is to be sent to a subscription."""

    subscription: int
    frame: FrameBytes

    @property
    def message(self) -> bytes:
        """The whole `FrameMessage` in MessagePack: the shared map with one entry more."""
        head = self.frame[0]
        if not MAP <= head < MAP + MAP_ENTRIES:
            raise ValueError("a frame is a map with few entries")
        return b"".join(
            (bytes([head + 1]), self.frame[1:], SUBSCRIPTION, self.subscription.to_bytes(4, "big"))
        )


@dataclass(frozen=True)
class Unseen:
    """There is no picture for a subscription: why."""

    subscription: int
    code: str
    detail: str


Outgoing = Recorded | Restarted | Skipped | Shown | Unseen


@dataclass
class Place:
    """How far a viewer has come in one log."""

    log: Log
    seq: int
    passed: int
    """Bytes of the log up to there."""
    allowance: int
    """Bytes that it may lag behind; more than usual while it is brought up to date."""
    notice: Restarted | Skipped | None = None
    read: int = 0


@dataclass
class Slot:
    """The newest picture for one subscription, and how many were sent and not yet drawn."""

    credited: Callable[[], None]
    """Called when a frame made now would be sent at once."""
    waiting: FrameBytes | Unseen | None = None
    under_way: int = 0


@dataclass(eq=False)
class Viewer:
    """The mailbox of one socket."""

    clock: Clock = CLOCK
    _places: dict[str, Place] = field(default_factory=dict)
    _slots: dict[int, Slot] = field(default_factory=dict)
    _turns: deque[int] = field(default_factory=deque)
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _unanswered_since: float | None = None

    # --- called by sessions ---

    def follow(self, log: Log, resume: tuple[str, int] | None) -> None:
        """Read a log from its start, or go on where the viewer had come to."""
        if log.run not in self._places and len(self._places) >= limits.FOLLOWED:
            raise Refused(
                "busy",
                f"One connection follows at most {limits.FOLLOWED} runs.",
                limit=limits.FOLLOWED,
            )
        self._places[log.run] = _place(log, resume)
        self._news.set()

    def unfollow(self, run: str) -> None:
        """Read this log no longer."""
        self._places.pop(run, None)
        self._settle()

    def notify(self, run: str) -> None:
        """Learn that a followed log has grown; skip to its end if it is too far ahead."""
        place = self._places.get(run)
        if place is None:
            return
        log = place.log
        if log.bytes - place.passed > place.allowance or place.seq + 1 < log.first:
            first = place.notice.first if isinstance(place.notice, Skipped) else place.seq + 1
            if not isinstance(place.notice, Restarted):
                place.notice = Skipped(run, first, log.head)
            else:
                place.notice = Restarted(run, place.notice.reason, log.epoch, log.head)
            _jump(place)
        self._news.set()

    def open(self, subscription: int, credited: Callable[[], None]) -> None:
        """Make a slot for a subscription's pictures; `credited` learns when there is room for another."""
        if subscription not in self._slots and len(self._slots) >= limits.SUBSCRIPTIONS:
            raise Refused(
                "busy",
                f"One connection watches at most {limits.SUBSCRIPTIONS} pictures.",
                limit=limits.SUBSCRIPTIONS,
            )
        self._slots[subscription] = Slot(credited)

    def close(self, subscription: int) -> None:
        """Forget a subscription and what waits in its slot."""
        self._slots.pop(subscription, None)
        self._settle()

    def has_credit(self, subscription: int) -> bool:
        """Say whether a frame made now would be sent at once."""
        slot = self._slots.get(subscription)
        return slot is not None and slot.waiting is None and slot.under_way < limits.CREDITS

    def show(self, subscription: int, picture: FrameBytes | Unseen) -> None:
        """Put a picture into its slot; one that still waits there is forgotten."""
        slot = self._slots.get(subscription)
        if slot is None:
            return
        if slot.waiting is None:
            self._turns.append(subscription)
        slot.waiting = picture
        self._news.set()

    # --- called by the owner of the socket ---

    def drawn(self, subscription: int) -> None:
        """A frame was drawn: its credit is free again."""
        slot = self._slots.get(subscription)
        if slot is not None and slot.under_way:
            slot.under_way -= 1
            self._answered()
            self._news.set()
            self._tell_credit(subscription)

    def read(self, run: str, seq: int) -> None:
        """Everything of a log up to a record has arrived."""
        place = self._places.get(run)
        if place is not None and place.read < seq <= place.seq:
            place.read = seq
            self._answered()

    @property
    def stuck_for(self) -> float:
        """Seconds since the viewer was sent something and has shown no sign of having got anything."""
        return (
            0.0 if self._unanswered_since is None else self.clock.elapsed() - self._unanswered_since
        )

    @property
    def is_stuck(self) -> bool:
        """Whether its socket should be closed (4408)."""
        return self.stuck_for > limits.STUCK_SECONDS

    async def next(self) -> Outgoing:
        """Wait for what is to be sent next: first what is never lost, then the pictures in turn."""
        while (outgoing := self.take()) is None:
            self._news.clear()
            await self._news.wait()
        if isinstance(outgoing, (Recorded, Shown)) and self._unanswered_since is None:
            self._unanswered_since = self.clock.elapsed()
        return outgoing

    def take(self) -> Outgoing | None:
        """Return what is to be sent next, or None if there is nothing."""
        for run, place in self._places.items():
            if place.notice is not None:
                notice, place.notice = place.notice, None
                return notice
            if place.seq < place.log.head:
                record = place.log.record(place.seq + 1)
                place.seq, place.passed = record.seq, place.passed + record.size
                if place.log.bytes - place.passed <= limits.BACKLOG_BYTES:
                    place.allowance = limits.BACKLOG_BYTES
                return Recorded(run, place.log.epoch, record)
        return self._take_picture()

    def _take_picture(self) -> Outgoing | None:
        for _ in range(len(self._turns)):
            subscription = self._turns.popleft()
            slot = self._slots.get(subscription)
            if slot is None or slot.waiting is None:
                continue
            if isinstance(slot.waiting, Unseen):
                unseen, slot.waiting = slot.waiting, None
                self._tell_credit(subscription)
                return unseen
            if slot.under_way < limits.CREDITS:
                frame, slot.waiting = slot.waiting, None
                slot.under_way += 1
                self._tell_credit(subscription)
                return Shown(subscription, frame)
            self._turns.append(subscription)
        return None

    def _tell_credit(self, subscription: int) -> None:
        if self.has_credit(subscription):
            self._slots[subscription].credited()

    def _answered(self) -> None:
        """The viewer lives: what else is under way has its full time from now on."""
        self._unanswered_since = self.clock.elapsed()
        self._settle()

    def _settle(self) -> None:
        """Wait for no sign where nothing is under way."""
        pictures = any(slot.under_way for slot in self._slots.values())
        if not pictures and all(place.read >= place.seq for place in self._places.values()):
            self._unanswered_since = None


def _place(log: Log, resume: tuple[str, int] | None) -> Place:
    """Find where to read on: after the record that was read last, or at the end with a notice."""
    epoch, seq = resume or (log.epoch, 0)
    reason: Literal["epoch", "too-old", "too-much"] | None = None
    if epoch != log.epoch or seq > log.head:
        reason = "epoch"
    elif seq + 1 < log.first:
        reason = "too-old"
    else:
        missed = log.since(seq)
        weight = sum(record.size for record in missed)
        if len(missed) <= limits.RESUME_RECORDS and weight <= limits.RESUME_BYTES:
            allowance = max(limits.BACKLOG_BYTES, 2 * weight)
            return Place(log, seq, log.bytes - weight, allowance, read=seq)
        reason = "too-much"
    notice = Restarted(log.run, reason, log.epoch, log.head)
    return Place(log, log.head, log.bytes, limits.BACKLOG_BYTES, notice, read=log.head)


def _jump(place: Place) -> None:
    place.seq, place.passed = place.log.head, place.log.bytes
    place.allowance = limits.BACKLOG_BYTES
    place.read = place.seq
