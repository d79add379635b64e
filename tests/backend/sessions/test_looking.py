"""What looking costs: nothing unless somebody watches and has room, at most its share, at most its rate."""

import time

import pytest

from neurarium.sessions import trainee as trainees
from neurarium.sessions.governor import SHARE, Governor
from neurarium.sessions.protocol import Steer, UnwatchProbe, WatchProbe
from tests.backend.sessions.bench import Bench
from tests.backend.sessions.house import job, preset, probe

PANELS = ("boundary", "weight", "answer", "health", "hidden", "grad", "batch", "data", "hard")
PLAY = b'{"kind":"play"}'


def looking_share(governor: Governor, seconds: float) -> float:
    """The share that nine panels take of a run at full speed, by the worker's own books."""
    with Bench(governor) as bench:
        bench.create("abcd", preset("mlp-spiral"))
        for watch, kind in enumerate(PANELS):
            bench.note(WatchProbe("abcd", watch, b'{"kind":"%s"}' % kind.encode()))
        bench.ask(Steer, "abcd", command=PLAY)
        books = bench.shift.governor
        bench.wait(lambda: books.training > seconds)
        return books.looking / books.training


@pytest.mark.slow
def test_pictures_take_at_most_four_percent_of_training() -> None:
    assert looking_share(Governor(), 4) <= SHARE * 1.05


def test_without_the_governor_they_take_more() -> None:
    assert looking_share(Governor(share=1.0), 1) > SHARE * 1.05


def test_nobody_watches_nothing_is_computed() -> None:
    with Bench() as bench:
        bench.create("abcd", job())
        bench.note(WatchProbe("abcd", 1, b'{"kind":"weight"}'))
        bench.wait(lambda: bench.pictures("abcd"))
        bench.note(UnwatchProbe("abcd", 1))
        bench.ask(Steer, "abcd", command=PLAY)
        trainee = bench.shift.desk.trainees["abcd"]
        bench.wait(lambda: trainee.run.step > 500)
        assert bench.shift.governor.looks == 1


def test_without_credit_nothing_is_computed_though_somebody_watches() -> None:
    with Bench(credits=False) as bench:
        bench.create("abcd", job())
        bench.note(WatchProbe("abcd", 1, b'{"kind":"weight"}'))
        bench.ask(Steer, "abcd", command=PLAY)
        trainee = bench.shift.desk.trainees["abcd"]
        bench.wait(lambda: trainee.run.step > 500)
        assert bench.shift.governor.looks == 1


def test_a_probe_is_not_looked_at_more_often_than_its_rate() -> None:
    with Bench() as bench:
        bench.create("abcd", job())
        bench.note(WatchProbe("abcd", 1, b'{"kind":"weight"}'))
        start = time.monotonic()
        bench.ask(Steer, "abcd", command=b'{"kind":"play","pace":100}')
        bench.wait(lambda: len(bench.pictures("abcd")) > 10)
        rate = probe("weight").rate
        assert time.monotonic() - start >= 9 / rate


def steps_seen_when_late(bench: Bench) -> set[int]:
    """The steps that a panel shows of a run in slow motion which each step finds a second late."""
    bench.create("abcd", job())
    bench.note(WatchProbe("abcd", 1, b'{"kind":"weight"}'))
    trainee = bench.shift.desk.trainees["abcd"]
    advance = trainee._advance

    def late(now: float, count: int = 1) -> None:
        trainee._due = now - 1
        advance(now, count)

    trainee._advance = late  # type: ignore[method-assign]
    bench.ask(Steer, "abcd", command=b'{"kind":"play","pace":4}')
    bench.wait(lambda: trainee.run.step > 6)
    return {picture.step for picture in bench.pictures("abcd")}


def test_slow_motion_makes_up_for_nothing_before_it_is_seen() -> None:
    with Bench() as bench:
        assert {1, 2, 3, 4, 5} <= steps_seen_when_late(bench)


def test_if_slow_motion_were_in_a_hurry_steps_would_be_missed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(trainees, "UNHURRIED", 0.0)
    with Bench() as bench:
        assert not {1, 2, 3, 4, 5} <= steps_seen_when_late(bench)
