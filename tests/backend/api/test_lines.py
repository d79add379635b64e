"""How fast a page may speak."""

from neurarium.api.lines import BURST, MESSAGES_A_SECOND, Bucket, Lines
from neurarium.clock import Clock


class Hand(Clock):
    """A clock that is turned by hand."""

    now = 0.0

    def elapsed(self) -> float:
        return self.now


def test_a_burst_passes_then_fifty_a_second() -> None:
    clock = Hand()
    bucket = Bucket(clock=clock)
    assert all(bucket.take() for _ in range(int(BURST)))
    assert not bucket.take()
    clock.now = 2.0
    assert sum(bucket.take() for _ in range(200)) in range(
        int(2 * MESSAGES_A_SECOND) - 1, int(2 * MESSAGES_A_SECOND) + 1
    )


def test_a_pause_saves_no_more_than_a_burst() -> None:
    clock = Hand()
    bucket = Bucket(clock=clock)
    clock.now = 1000.0
    assert sum(bucket.take() for _ in range(500)) == BURST


def test_what_was_asked_for_is_free() -> None:
    bucket = Bucket(clock=Hand())
    for _ in range(500):
        assert bucket.take()
        bucket.give_back()


def test_lines_are_counted_while_they_live() -> None:
    lines = Lines()
    with lines.taken("a") as first, lines.taken("a") as second:
        assert first
        assert second
        assert lines._open == {"a": 2}
    assert not lines._open
