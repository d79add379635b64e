"""A worker collects garbage between two turns: all of it in the end, and never in the middle of a turn."""

import gc
from collections.abc import Iterator
from weakref import ref

import pytest

from neurarium.sessions.garbage import YOUNG, Garbage
from neurarium.sessions.protocol import Steer
from tests.backend.sessions.bench import Bench
from tests.backend.sessions.house import job


class Knot:
    """Something that only a collector can free."""

    def __init__(self) -> None:
        self.me = self


@pytest.fixture
def garbage() -> Iterator[Garbage]:
    collector = Garbage()
    gc.collect()
    yield collector
    collector.close()
    assert gc.isenabled()


def test_knots_stay_until_it_is_time_for_them(garbage: Garbage) -> None:
    knot = ref(Knot())
    kept = [[] for _ in range(2 * YOUNG)]  # type: list[list[int]]
    assert knot() is not None  # the control: nothing is collected in the middle of a turn
    garbage.collect(idle=False)
    assert knot() is None
    assert len(kept) == 2 * YOUNG


def test_what_has_grown_old_goes_while_nobody_waits(garbage: Garbage) -> None:
    kept = Knot()
    knot = ref(kept)
    for _ in range(3):
        gc.collect(1)
    del kept
    garbage.collect(idle=False)
    assert knot() is not None
    garbage.collect(idle=True)
    assert knot() is None


def test_what_has_grown_old_goes_in_the_end_though_runs_wait(garbage: Garbage) -> None:
    knot = ref(Knot())
    gc.collect(1)
    for _ in range(60):
        gc.collect(1)
        garbage.collect(idle=False)
    assert knot() is None


def test_a_worker_collects_in_no_turn_of_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("neurarium.sessions.garbage.YOUNG", 20)
    moments: list[bool] = []
    with Bench() as bench:
        bench.create("abcd", job())
        trainee = bench.shift.desk.trainees["abcd"]
        train = trainee.train
        turning = [False]

        def turn(until: float) -> int:
            turning[0] = True
            steps = train(until)
            turning[0] = False
            return steps

        def note(phase: str, _: dict[str, int]) -> None:
            if phase == "start":
                moments.append(turning[0])

        trainee.train = turn  # type: ignore[method-assign]
        gc.callbacks.append(note)
        try:
            bench.ask(Steer, "abcd", command=b'{"kind":"play"}')
            bench.wait(lambda: len(moments) > 3)
        finally:
            gc.callbacks.remove(note)
    assert not any(moments)
