"""What takes long is done a little at a time: nobody else waits for it, and nothing is done out of order."""

import time
from itertools import pairwise
from typing import Any

import pytest

from neurarium.sessions import limits, timeline
from neurarium.sessions.errand import Errands
from neurarium.sessions.errors import Refused
from neurarium.sessions.limits import Limit
from neurarium.sessions.protocol import Answer, Drop, Event, Look, Refusal, Save, Steer
from tests.backend.sessions.bench import Bench
from tests.backend.sessions.house import job

PLAY = b'{"kind":"play"}'
FAR = 60_000


def trained(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run whose past is far from any snapshot, and another that goes on."""
    monkeypatch.setattr(timeline, "SPACING", 1 << 20)
    monkeypatch.setattr(timeline, "EARLY", ())
    for name in ("long", "other"):
        bench.create(name, job())
        bench.ask(Steer, name, command=PLAY)
    run = bench.shift.desk.trainees["long"].run
    bench.wait(lambda: run.step > FAR)
    bench.ask(Steer, "long", command=b'{"kind":"pause"}')


def longest_wait(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> float:
    """How long the other run waits for its turn while a far step is looked at."""
    trained(bench, monkeypatch)
    other = bench.shift.desk.trainees["other"]
    turns: list[float] = []
    train = other.train

    def note(until: float) -> int:
        turns.append(time.thread_time())
        return train(until)

    monkeypatch.setattr(other, "train", note)
    bench.wait(lambda: len(turns) > 1)
    answer = bench.ask(Look, "long", probe=b'{"kind":"weight"}', step=FAR)
    assert isinstance(answer, Answer)
    known = len(turns)
    bench.wait(lambda: len(turns) > known + 1)
    return max(after - before for before, after in pairwise(turns))


def test_a_far_look_keeps_nobody_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    with Bench() as bench:
        assert longest_wait(bench, monkeypatch) < 0.3


def test_without_errands_a_far_look_keeps_all_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    with Bench() as bench:
        monkeypatch.setattr(bench.shift.desk, "_way", lambda _: None)
        assert longest_wait(bench, monkeypatch) > 0.3


def test_what_is_asked_after_a_rewind_is_done_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with Bench() as bench:
        trained(bench, monkeypatch)
        run = bench.shift.desk.trainees["long"].run
        for command in (b'{"kind":"rewind","step":%d}' % FAR, b'{"kind":"step","count":3}'):
            bench.send(Steer, "long", command=command)
        bench.wait(lambda: run.step == FAR + 3)

        def told() -> list[tuple[str, int]]:
            return [
                (m.event, m.step) for m in bench.heard if isinstance(m, Event) and m.run == "long"
            ]

        bench.wait(lambda: told()[-1] == ("state", FAR + 3))
        assert ("rewound", FAR) in told()


def test_a_rewind_stops_a_run_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with Bench() as bench:
        trained(bench, monkeypatch)
        bench.ask(Steer, "long", command=PLAY)
        answer = bench.ask(Steer, "long", command=b'{"kind":"rewind","step":%d}' % FAR)
        assert isinstance(answer, Answer)
        assert answer.step == FAR
        assert bench.states("long")[-1] == "paused"


def test_a_deleted_run_leaves_no_errand(monkeypatch: pytest.MonkeyPatch) -> None:
    with Bench() as bench:
        trained(bench, monkeypatch)
        numbers = [
            bench.send(Look, "long", probe=b'{"kind":"weight"}', step=step) for step in (FAR, 5)
        ]
        bench.ask(Drop, "long")
        refused = [bench.answer(number) for number in numbers]
        assert {answer.code for answer in refused if isinstance(answer, Refusal)} <= {"not-found"}
        assert bench.shift.desk.is_idle


def test_errands_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "ERRANDS", Limit(2, "", ""))
    errands = Errands()
    for number in range(2):
        errands.add(Save(number, "abcd", 3), iter(()))
    with pytest.raises(Refused) as refused:
        errands.add(Save(3, "abcd", 3), iter(()))
    assert (refused.value.code, refused.value.values) == ("busy", {"limit": 2})


def test_runs_take_turns_and_a_blocked_way_ends() -> None:
    def way(name: str, steps: int) -> Any:
        for _ in range(steps):
            walked.append(name)
            yield
        if steps == 2:
            raise RuntimeError("blocked")

    walked: list[str] = []
    errands, done = Errands(), []
    errands.add(Save(1, "one", 3), way("one", 3))
    errands.add(Save(2, "two", 3), way("two", 2))
    errands.add(Save(3, "one", 3), way("one", 0))
    while len(errands):
        asked = errands.advance(0.0)
        if asked is not None:
            done.append(asked.id)
    assert walked == ["one", "two", "one", "two", "one"]
    assert done == [2, 1, 3]
