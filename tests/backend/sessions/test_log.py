"""Logs number what happened without a gap, however often a reader is cut off; curves are kept as a whole."""

import random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurarium.sessions import limits
from neurarium.sessions.history import Curve, History
from neurarium.sessions.limits import Limit
from neurarium.sessions.log import EventRecord, Log, MetricsRecord
from neurarium.sessions.protocol import Series
from neurarium.sessions.viewer import Recorded, Restarted, Skipped, Viewer


def points(first: int, count: int, name: str = "loss") -> Series:
    steps = list(range(first, first + count))
    return Series(name, steps, [1] * count, [[1 / step] for step in steps])


def fill(log: Log, records: int, size: int = 3) -> None:
    for _ in range(records):
        log.metrics([points(log.head * size + 1, size)])


def read(viewer: Viewer) -> list[Recorded | Restarted | Skipped]:
    """Everything that a viewer is sent now."""
    sent = []
    while (out := viewer.take()) is not None:
        assert isinstance(out, (Recorded, Restarted, Skipped))
        sent.append(out)
    return sent


def test_records_are_numbered_from_one_and_metrics_are_encoded_once() -> None:
    log = Log("abcd")
    first = log.metrics([points(1, 2)])
    assert isinstance(first, MetricsRecord)
    second = log.event(2, "state", state="paused")
    assert (first.seq, second.seq, log.head, log.first) == (1, 2, 2, 1)
    message = msgspec.msgpack.decode(first.message)
    assert {name: message[name] for name in ("type", "run", "epoch", "seq")} == {
        "type": "metrics",
        "run": "abcd",
        "epoch": log.epoch,
        "seq": 1,
    }
    assert message["series"][0]["steps"] == [1, 2]
    assert log.since(0) == [first, second]
    assert log.since(1) == [second]
    assert log.since(2) == []
    assert Log("abcd").epoch != log.epoch


def cut_and_resume(cuts: int, seed: int, *, resumes: bool = True) -> list[int]:
    """Read a growing log through a line that is cut again and again; return the numbers that arrived."""
    chance = random.Random(seed)
    log, arrived = Log("abcd"), list[int]()
    for cut in range(cuts):
        viewer = Viewer()
        position = (log.epoch, arrived[-1]) if resumes and cut and arrived else None
        viewer.follow(log, position)
        for _ in range(chance.randint(1, 30)):
            fill(log, chance.randint(0, 3))
            viewer.notify(log.run)
            for _ in range(chance.randint(0, 4)):
                out = viewer.take()
                if isinstance(out, Recorded):
                    arrived.append(out.record.seq)
    viewer = Viewer()
    viewer.follow(log, (log.epoch, arrived[-1] if arrived else 0))
    arrived += [out.record.seq for out in read(viewer) if isinstance(out, Recorded)]
    assert arrived[-1] == log.head
    return arrived


@pytest.mark.parametrize("seed", range(10))
def test_thirty_cuts_leave_no_gap_and_no_duplicate(seed: int) -> None:
    arrived = cut_and_resume(30, seed)
    assert arrived == list(range(1, len(arrived) + 1))


def test_without_resuming_the_cuts_are_seen() -> None:
    arrived = cut_and_resume(30, 0, resumes=False)
    assert arrived != list(range(1, len(arrived) + 1))


def test_another_life_of_the_log_is_a_reset() -> None:
    log = Log("abcd")
    fill(log, 5)
    for position in (("another", 3), (log.epoch, 6)):
        viewer = Viewer()
        viewer.follow(log, position)
        assert read(viewer) == [Restarted("abcd", "epoch", log.epoch, 5)]


def test_what_is_too_old_or_too_much_is_a_reset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "RECORDS_KEPT", Limit(100, "", ""))
    monkeypatch.setattr(limits, "RESUME_RECORDS", Limit(50, "", ""))
    log = Log("abcd")
    fill(log, 150)
    assert log.first == 51
    for seq, reason in ((10, "too-old"), (60, "too-much")):
        viewer = Viewer()
        viewer.follow(log, (log.epoch, seq))
        assert read(viewer) == [Restarted("abcd", reason, log.epoch, 150)]  # type: ignore[arg-type]
    viewer = Viewer()
    viewer.follow(log, (log.epoch, 100))
    assert [out.record.seq for out in read(viewer) if isinstance(out, Recorded)] == [
        *range(101, 151)
    ]


def test_a_heavy_resume_is_a_reset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "RESUME_BYTES", Limit(3000, "", ""))
    log = Log("abcd")
    fill(log, 100)
    viewer = Viewer()
    viewer.follow(log, (log.epoch, 2))
    assert read(viewer) == [Restarted("abcd", "too-much", log.epoch, 100)]
    viewer.follow(log, (log.epoch, 95))
    assert len(read(viewer)) == 5


def test_the_log_forgets_by_weight_and_keeps_the_curves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "RECORD_BYTES_KEPT", Limit(2000, "", ""))
    log = Log("abcd")
    fill(log, 100, 10)
    assert sum(record.size for record in log.since(log.first - 1)) <= 2000
    assert log.series("loss").steps == list(range(1, 1001))
    with pytest.raises(LookupError):
        log.since(0)
    with pytest.raises(LookupError):
        log.record(1)


def test_rewinding_cuts_the_curves() -> None:
    log = Log("abcd")
    log.metrics([points(1, 20)])
    log.event(12, "rewound", snapshots=[0, 8])
    assert log.series("loss").steps[-1] == 12
    assert log.series("loss", first=5, last=7).steps == [5, 6, 7]


def test_a_fork_begins_with_the_curves(monkeypatch: pytest.MonkeyPatch) -> None:
    parent, small, large = Log("abcd"), Log("efgh"), Log("ijkl")
    parent.metrics([points(1, 100)])
    small.inherit(parent.history, 60)
    assert small.series("loss").steps == list(range(1, 61))
    assert isinstance(small.since(0)[0], MetricsRecord)
    monkeypatch.setattr(limits, "INHERITED_POINTS", Limit(50, "", ""))
    large.inherit(parent.history, 60)
    viewer = Viewer()
    viewer.follow(large, None)
    assert read(viewer) == [Restarted("ijkl", "too-old", large.epoch, 1)]
    assert large.series("loss").values == parent.series("loss", last=60).values


def test_the_journal_in_memory_is_bounded() -> None:
    log = Log("abcd")
    for step in range(limits.JOURNAL_KEPT + 5):
        log.event(step, "journal")
    assert len(log.journal) == limits.JOURNAL_KEPT
    assert log.journal[0] == EventRecord(6, 5, "journal")


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40), max_size=60))
def test_a_thinned_curve_keeps_spikes_and_counts(parts: list[list[float]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(limits, "CURVE_POINTS", Limit(64, "", ""))
        curve, step = Curve(1), 0
        for values in parts:
            steps = [step + place + 1 for place in range(len(values))]
            curve.extend(Series("loss", steps, [1] * len(steps), [[value] for value in values]))
            step += len(values)
        series, values = curve.series("loss"), [value for part in parts for value in part]
        assert len(series.steps) <= 64
        assert sum(series.counts) == len(values)
        if values:
            assert series.steps[-1] == len(values)
            low = min(value[0] for value in series.low or series.values)
            high = max(value[0] for value in series.high or series.values)
            assert (low, high) == (min(values), max(values))
            total = sum(v[0] * n for v, n in zip(series.values, series.counts, strict=True))
            assert total == pytest.approx(sum(values), rel=1e-6, abs=1e-3)


def test_a_run_has_a_bounded_number_of_curves() -> None:
    history = History()
    for number in range(limits.CURVES + 5):
        history.extend([points(1, 1, f"curve{number}")])
    assert len(history.names) == limits.CURVES
    assert history.latest["curve0"] == 1
