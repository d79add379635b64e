"""What happened to a run, in order: one log of metrics and events, numbered from 1 without a gap.

Any number of viewers read it, each from its own place, so that nothing is copied for a viewer. The
newest records are kept for those who come back after a cut; the curves are kept as a whole.
"""

import secrets
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, Literal, NamedTuple

import msgspec

from neurarium.sessions import limits
from neurarium.sessions.history import History
from neurarium.sessions.protocol import Series, State, Values
from neurarium.sessions.walk import Walk
from neurarium.training.command import Effect

EventName = Literal[
    "state", "journal", "snapshots", "rewound", "data", "recovered", "determinism_violation"
]
EVENT_BYTES = 256
"""What an event is taken to weigh besides what it carries."""
SKETCHED = 48
"""Parts of the loss in a sketch of a log."""


class Told(msgspec.Struct):
    """What a `Metrics` message says of its curves."""

    series: list[Series]


TOLD = msgspec.msgpack.Decoder(Told)


@dataclass(frozen=True)
class MetricsRecord:
    """Points of a run's curves. `message` is the whole `Metrics` message in MessagePack, made once for all viewers."""

    seq: int
    message: bytes = field(repr=False)
    fresh: list[Series] | None = field(default=None, repr=False, compare=False)
    """The points while they are new. A log keeps bytes alone: the collector of garbage would visit every number."""

    @property
    def series(self) -> list[Series]:
        """The points."""
        if self.fresh is not None:
            return self.fresh
        return TOLD.decode(self.message).series if self.message else []

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
    operation: Walk | None = None
    """Not stored: after a restart nobody stands within a step."""
    size: int = EVENT_BYTES


Record = MetricsRecord | EventRecord


class Sketch(NamedTuple):
    """A log in short."""

    losses: list[float]
    """The loss in at most `SKETCHED` equal parts."""
    bytes: int
    """Of the records that are kept, and of the curves."""
    journal: deque[EventRecord]


Make = Callable[[int], Record]
"""Writes a record once its number is known."""


class Log:
    """One run's records. `epoch` is random for each log: numbers of another mean nothing here.

    A log that was stored goes on under its epoch. `recall` then fills it, as soon as somebody reads.
    """

    def __init__(
        self,
        run: str,
        epoch: str | None = None,
        head: int = 0,
        recall: "Callable[[Log], None] | None" = None,
    ) -> None:
        self.run = run
        self.epoch = epoch or secrets.token_hex(8)
        self.head = head
        """Number of the newest record."""
        self.bytes = 0
        """Bytes of all records so far, those that have gone included."""
        self.folded: dict[str, tuple[int, int]] = {}
        """Of each curve, how many points the store has as such, and in which era."""
        self.unfolded = 0
        """Points of the longest curve since."""
        self._recall = recall
        self._history = History()
        self._records: deque[Record] = deque()
        self._kept_bytes = 0
        self._journal: deque[EventRecord] = deque(maxlen=limits.JOURNAL_KEPT)
        self._sketch: Sketch | None = None

    @property
    def is_recalled(self) -> bool:
        """Whether all that was stored is here."""
        return self._recall is None

    @property
    def history(self) -> History:
        """All curves."""
        self.recall()
        return self._history

    @property
    def journal(self) -> deque[EventRecord]:
        """What commands did, those left out that a rewind took back."""
        return self._journal if self._recall is None else self.sketch().journal

    @property
    def first(self) -> int:
        """Number of the oldest record that is kept (one more than `head` if none is)."""
        self.recall()
        return self.head - len(self._records) + 1

    @property
    def kept_bytes(self) -> int:
        """Bytes of the records that are kept, and of the curves."""
        return self._kept_bytes + self.history.nbytes

    def recall(self) -> None:
        """Read what was stored, once."""
        recall, self._recall, self._sketch = self._recall, None, None
        if recall is not None:
            recall(self)

    def sketch(self) -> Sketch:
        """Say in short what is in it. What is stored is read for that once, and not kept in memory."""
        recall = self._recall
        if recall is None:
            losses = self._history.outline("loss", SKETCHED)
            return Sketch(losses, self.kept_bytes, self._journal)
        if self._sketch is None:
            read = Log(self.run, self.epoch, self.head)
            recall(read)
            self._sketch = read.sketch()
        return self._sketch

    def remember(
        self,
        history: History,
        records: Iterable[Record],
        folded: int,
        effects: Iterable[Effect] = (),
    ) -> None:
        """Take over what was stored: curves up to the record `folded`, the newest records, and the whole journal."""
        self._history = history
        for record in records:
            if record.seq > folded:
                self._learn(record)
            self._keep(record)
        self._journal.clear()
        self._journal.extend(EventRecord(0, e.step, "journal", effect=e) for e in effects)

    def metrics(self, series: list[Series]) -> Record:
        """Write down points of the curves."""
        return self.append(self.make_metrics(series)(self.head + 1))

    def event(self, step: int, event: EventName, **facts: Any) -> Record:
        """Write down something that happened; `facts` as in EventRecord."""
        return self.append(make_event(step, event, **facts)(self.head + 1))

    def make_metrics(self, series: list[Series]) -> Make:
        """Prepare to write down points of the curves."""

        def make(seq: int) -> Record:
            message = {
                "type": "metrics",
                "run": self.run,
                "epoch": self.epoch,
                "seq": seq,
                "series": series,
            }
            return MetricsRecord(seq, msgspec.msgpack.encode(message), fresh=series)

        return make

    def append(self, record: Record) -> Record:
        """Put the next record at the end: from now on it is to be seen."""
        self.recall()
        self._learn(record)
        self._keep(record)
        self.head = record.seq
        return record

    def _learn(self, record: Record) -> None:
        if isinstance(record, MetricsRecord):
            series = record.series
            self._history.extend(series)
            self.unfolded += max((len(part.steps) for part in series), default=0)
        elif record.event == "journal":
            self._journal.append(record)
        elif record.event == "rewound":
            self._history.truncate(record.step)
            kept = (entry for entry in self._journal if entry.step <= record.step)
            self._journal = deque(kept, maxlen=limits.JOURNAL_KEPT)

    def inherit(self, history: History, step: int) -> None:
        """Begin with another run's curves up to a step; where they are long, readers get them by REST (a reset)."""
        series = [history.series(name, last=step) for name in history.names]
        series = [part for part in series if part.steps]
        if sum(len(part.steps) for part in series) <= limits.INHERITED_POINTS:
            self.metrics(series)
            return
        self.history.extend(series)
        self.unfolded += int(limits.CHUNK_POINTS)
        self.append(MetricsRecord(self.head + 1, b""))
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

    def _keep(self, record: Record) -> None:
        if isinstance(record, MetricsRecord):
            record = replace(record, fresh=None)
        self.bytes += record.size
        self._kept_bytes += record.size
        self._records.append(record)
        while (
            len(self._records) > limits.RECORDS_KEPT or self._kept_bytes > limits.RECORD_BYTES_KEPT
        ):
            self._kept_bytes -= self._records.popleft().size


def make_event(step: int, event: EventName, **facts: Any) -> Make:
    """Prepare to write down something that happened; `facts` as in EventRecord."""
    effect, snapshots = facts.get("effect"), facts.get("snapshots")
    size = EVENT_BYTES + 8 * len(snapshots or ())
    size += len(effect.model_dump_json()) if effect else 0

    def make(seq: int) -> Record:
        return EventRecord(seq, step, event, **facts, size=size)

    return make
