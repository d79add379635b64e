"""What looking costs: nothing unless somebody watches and has room, at most its share, at most its rate."""

import time

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
