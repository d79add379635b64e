"""A viewer's mailbox: never lost or a gap, latest wins, two credits, and a stuck one costs nothing."""

import asyncio
import tracemalloc

import msgspec
import pytest

from neurarium.clock import Clock
from neurarium.sessions import limits
from neurarium.sessions.errors import Refused
from neurarium.sessions.limits import Limit
from neurarium.sessions.log import Log
from neurarium.sessions.viewer import Recorded, Shown, Skipped, Unseen, Viewer
from tests.backend.sessions.test_log import fill, points, read


class Watch(Clock):
    """A clock that is set by hand."""

    now = 100.0

    def elapsed(self) -> float:
        return self.now


def frame(number: int) -> bytes:
    return msgspec.msgpack.encode({"type": "frame", "step": number})


def credited() -> None:
    """Nobody listens."""


def test_a_viewer_that_falls_behind_is_told_the_gap_and_goes_on() -> None:
    log, viewer = Log("abcd"), Viewer()
    viewer.follow(log, None)
    while log.bytes <= limits.BACKLOG_BYTES + 5000:
        fill(log, 1, 40)
        viewer.notify("abcd")
    sent = read(viewer)
    assert isinstance(sent[0], Skipped)
    assert sent[0].first == 1
    fill(log, 1)
    viewer.notify("abcd")
    sent += read(viewer)
    numbers = [out.record.seq for out in sent if isinstance(out, Recorded)]
    assert numbers == list(range(sent[0].last + 1, log.head + 1))


def test_a_gap_grows_while_nobody_reads() -> None:
    log, viewer = Log("abcd"), Viewer()
    viewer.follow(log, None)
    for _ in range(3000):
        fill(log, 1, 40)
        viewer.notify("abcd")
    first, *rest = read(viewer)
    assert isinstance(first, Skipped)
    assert first.first == 1
    assert first.last + len(rest) == log.head
    assert not any(isinstance(out, Skipped) for out in rest)


def test_without_the_bound_there_is_no_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control of the two tests above."""
    monkeypatch.setattr(limits, "BACKLOG_BYTES", Limit(10**9, "", ""))
    log, viewer = Log("abcd"), Viewer()
    viewer.follow(log, None)
    for _ in range(500):
        fill(log, 1, 40)
        viewer.notify("abcd")
    assert not any(isinstance(out, Skipped) for out in read(viewer))


def memory_of_a_stuck_viewer(viewer: Viewer) -> int:
    """Bytes that a viewer holds after much was shown to it that it never read."""
    log = Log("abcd")
    viewer.follow(log, None)
    for subscription in range(14):
        viewer.open(subscription, credited)
    shared = [bytes(30_000) for _ in range(14)]
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(300):
            viewer.notify("abcd")
            for subscription in range(14):
                viewer.show(subscription, shared[subscription])
        return tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()


def test_a_viewer_that_never_reads_costs_nearly_nothing() -> None:
    assert memory_of_a_stuck_viewer(Viewer()) < 20_000


def test_a_mailbox_without_slots_would_cost_much() -> None:
    class Hoarder(Viewer):
        def show(self, subscription: int, picture: bytes | Unseen) -> None:
            self._turns.append(subscription)
            self.kept = [
                *getattr(self, "kept", []),
                bytes(picture) if isinstance(picture, bytes) else b"",
            ]

    assert memory_of_a_stuck_viewer(Hoarder()) > 30_000


def test_pictures_are_latest_wins_with_two_credits() -> None:
    viewer, free = Viewer(), list[int]()
    viewer.open(7, lambda: free.append(1))
    for number in range(3):
        viewer.show(7, frame(number))
        assert viewer.take() == (Shown(7, frame(number)) if number < 2 else None)
    viewer.show(7, frame(3))
    viewer.show(7, frame(4))
    assert viewer.take() is None
    assert not viewer.has_credit(7)
    told = len(free)
    viewer.drawn(7)
    assert viewer.take() == Shown(7, frame(4))
    assert len(free) == told
    viewer.drawn(7)
    assert viewer.has_credit(7)
    assert len(free) == told + 1
    viewer.drawn(7)
    viewer.drawn(7)
    assert viewer.has_credit(7)


def test_pictures_take_turns_and_metrics_go_first() -> None:
    log, viewer = Log("abcd"), Viewer()
    viewer.follow(log, None)
    viewer.open(1, credited)
    viewer.open(2, credited)
    for number in range(2):
        viewer.show(1, frame(number))
        viewer.show(2, frame(number))
        fill(log, 1)
        viewer.notify("abcd")
        assert isinstance(viewer.take(), Recorded)
        shown = [viewer.take(), viewer.take()]
        assert [out.subscription for out in shown if isinstance(out, Shown)] == [1, 2]
    assert viewer.take() is None


def test_a_frame_gets_its_subscription_without_being_packed_again() -> None:
    message = Shown(2**31, frame(9)).message
    assert msgspec.msgpack.decode(message) == {"type": "frame", "step": 9, "subscription": 2**31}
    with pytest.raises(ValueError, match="map"):
        _ = Shown(1, msgspec.msgpack.encode([1])).message


def test_closed_subscriptions_and_unknown_ones_are_silent() -> None:
    viewer = Viewer()
    viewer.show(1, frame(1))
    viewer.drawn(1)
    viewer.open(1, credited)
    viewer.show(1, frame(1))
    viewer.close(1)
    viewer.notify("abcd")
    viewer.read("abcd", 5)
    assert viewer.take() is None
    assert not viewer.has_credit(1)


async def test_stuck_is_who_shows_no_sign_for_fifteen_seconds() -> None:
    clock = Watch()
    log, viewer = Log("abcd"), Viewer(clock)
    viewer.follow(log, None)
    clock.now += 100
    assert not viewer.is_stuck
    fill(log, 2)
    viewer.notify("abcd")
    assert isinstance(await viewer.next(), Recorded)
    clock.now += 10
    assert isinstance(await viewer.next(), Recorded)
    clock.now += 6
    assert viewer.is_stuck
    viewer.read("abcd", 1)
    assert not viewer.is_stuck
    clock.now += 16
    assert viewer.is_stuck
    viewer.read("abcd", 99)
    assert viewer.is_stuck
    viewer.read("abcd", 2)
    clock.now += 1000
    assert not viewer.is_stuck


async def test_a_page_that_closes_a_picture_is_not_stuck() -> None:
    clock = Watch()
    viewer = Viewer(clock)
    viewer.open(1, credited)
    viewer.show(1, frame(1))
    assert isinstance(await viewer.next(), Shown)
    clock.now += 16
    assert viewer.is_stuck
    viewer.close(1)
    assert not viewer.is_stuck


async def test_next_waits_for_news() -> None:
    log, viewer = Log("abcd"), Viewer()
    viewer.follow(log, None)
    waiting = asyncio.create_task(viewer.next())
    await asyncio.sleep(0)
    assert not waiting.done()
    log.metrics([points(1, 1)])
    viewer.notify("abcd")
    assert isinstance(await asyncio.wait_for(waiting, 1), Recorded)
    viewer.open(1, credited)
    viewer.show(1, Unseen(1, "probe-refused", "There is nothing to see."))
    assert await viewer.next() == Unseen(1, "probe-refused", "There is nothing to see.")
    viewer.unfollow("abcd")
    viewer.notify("abcd")
    assert viewer.take() is None


def test_a_viewer_follows_and_watches_a_bounded_number() -> None:
    viewer = Viewer()
    for number in range(limits.FOLLOWED):
        viewer.follow(Log(f"run{number}"), None)
    with pytest.raises(Refused, match="at most 64 runs"):
        viewer.follow(Log("more"), None)
    viewer.follow(Log("run0"), None)
    for subscription in range(limits.SUBSCRIPTIONS):
        viewer.open(subscription, credited)
    with pytest.raises(Refused, match="at most 64 pictures"):
        viewer.open(1000, credited)
    viewer.open(0, credited)
