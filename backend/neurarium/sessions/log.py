"""What happened to a run, in order: one log of metrics and events, numbered from 1 without a gap.

Any number of viewers read it, each from its own place, so that nothing is copied for a viewer. The
newest records are kept for those who come back after a cut; the curves are kept as a whole.
"""

import secrets
from collections import deque
from dataclasses import dataclass, field
from itertools import islice
from typing import Literal

import msgspec

from neurarium.sessions import limits
from neurarium.sessions.history import History
from neurarium.sessions.protocol import Series, State, Values
from neurarium.training.command import Effect

EventName = Literal["state", "journal", "snapshots", "rewound", "data"]
EVENT_BYTES = 256
"""What an event is taken to weigh besides what it carries."""


@dataclass(frozen=True)
class MetricsRecord:
    """Points of a run's curves. `message` is the whole `Metrics` message in MessagePack, made once for all viewers."""

    seq: int
    series: list[Series] = field(repr=False)
    message: bytes = field(repr=False)

    @property
    def size(self) -> int:
        """Bytes on the wire."""
        return len(self.message)


@dataclass(frozen=True)
class EventRecord:
    """Something that happened; fields as in `RunEvent`."""

    seq: int
    step: int
    event: EventName
    state: State | None = None
    effect: Effect | None = None
    snapshots: list[int] | None = None
    reason: str | None = None
    values: Values = field(default_factory=dict)
    size: int = EVENT_BYTES


Record = MetricsRecord | EventRecord


class Log:
    """One run's records. `epoch` is random for each life of a log: numbers of another life mean nothing here."""

    def __init__(self, run: str) -> None:
        self.run = run
        self.epoch = secrets.token_hex(8)
        self.head = 0
        """Number of the newest record."""
        self.bytes = 0
        """Bytes of all records so far, those that have gone included."""
        self.history = History()
        self.journal: deque[EventRecord] = deque(maxlen=limits.JOURNAL_KEPT)
        self._records: deque[Record] = deque()
        self._kept_bytes = 0

    @property
    def first(self) -> int:
        """Number of the oldest record that is kept (one more than `head` if none is)."""
        return self.head - len(self._records) + 1

    @property
    def kept_bytes(self) -> int:
        """Bytes of the records that are kept, and of the curves."""
        return self._kept_bytes + self.history.nbytes

    def metrics(self, series: list[Series]) -> MetricsRecord:
        """Write down points of the curves."""
        self.history.extend(series)
        seq = self.head + 1
        message = {
            "type": "metrics",
            "run": self.run,
            "epoch": self.epoch,
            "seq": seq,
            "series": series,
        }
        record = MetricsRecord(seq, series, msgspec.msgpack.encode(message))
        self._append(record)
        return record

    def event(
        self,
        step: int,
        event: EventName,
        *,
        state: State | None = None,
        effect: Effect | None = None,
        snapshots: list[int] | None = None,
        reason: str | None = None,
        values: Values | None = None,
    ) -> EventRecord:
        """Write down something that happened."""
        size = (
            EVENT_BYTES
            + 8 * len(snapshots or ())
            + (len(effect.model_dump_json()) if effect else 0)
        )
        record = EventRecord(
            self.head + 1, step, event, state, effect, snapshots, reason, values or {}, size
        )
        if event == "journal":
            self.journal.append(record)
        if event == "rewound":
            self.history.truncate(step)
            kept = (entry for entry in self.journal if entry.step <= step)
            self.journal = deque(kept, maxlen=limits.JOURNAL_KEPT)
        self._append(record)
        return record

    def inherit(self, history: History, step: int) -> None:
        """Begin with another run's curves up to a step; where they are long, readers get them by REST (a reset)."""
        series = [history.series(name, last=step) for name in history.names]
        series = [part for part in series if part.steps]
        if sum(len(part.steps) for part in series) <= limits.INHERITED_POINTS:
            self.metrics(series)
            return
        self.history.extend(series)
        self._append(MetricsRecord(self.head + 1, [], b""))
        self._records.clear()

    def since(self, seq: int) -> list[Record]:
        """Return what came after a record; LookupError if the first of it has gone."""
        if seq + 1 < self.first:
            raise LookupError(f"the oldest record is {self.first}")
        return list(islice(self._records, seq + 1 - self.first, None))

    def record(self, seq: int) -> Record:
        """Return one record, or LookupError."""
        if not self.first <= seq <= self.head:
            raise LookupError(f"records {self.first} to {self.head} are kept")
        return self._records[seq - self.first]

    def series(
        self, name: str, first: int = 0, last: int | None = None, limit: int | None = None
    ) -> Series:
        """Return a complete curve, or at most `limit` points from step `first` to `last`; KeyError if there is none."""
        return self.history.series(name, first, last, limit)

    def _append(self, record: Record) -> None:
        self.head = record.seq
        self.bytes += record.size
        self._kept_bytes += record.size
        self._records.append(record)
        while (
            len(self._records) > limits.RECORDS_KEPT or self._kept_bytes > limits.RECORD_BYTES_KEPT
        ):
            self._kept_bytes -= self._records.popleft().size
