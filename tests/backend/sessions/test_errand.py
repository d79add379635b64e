"""What takes long is done a little at a time: nobody else waits for it, and nothing is done out of order."""

import time
from itertools import pairwise
from typing import Any

import pytest

from neurarium.sessions import limits, shift, timeline
from neurarium.sessions.errand import Errands
from neurarium.sessions.errors import Refused
from neurarium.sessions.limits import Limit
from neurarium.sessions.protocol import (
    Answer,
    Create,
    Drop,
    Event,
    Look,
    Refusal,
    Save,
    Steer,
)
from tests.backend.sessions.bench import Bench
from tests.backend.sessions.house import job

PLAY = b'{"kind":"play"}'
FAR = 24_000
"""Steps that take long to walk again."""
SOME = FAR // 2
FEW = FAR // 6
"""Steps that take several turns."""


def trained(bench: Bench, monkeypatch: pytest.MonkeyPatch, far: int = FEW) -> None:
    """A run whose past is far from any snapshot, and then another that goes on."""
    monkeypatch.setattr(timeline, "SPACING", 1 << 20)
    monkeypatch.setattr(timeline, "EARLY", ())
    bench.create("long", job())
    bench.ask(Steer, "long", command=PLAY)
    run = bench.shift.desk.trainees["long"].run
    bench.wait(lambda: run.step > far)
    bench.ask(Steer, "long", command=b'{"kind":"pause"}')
    bench.create("other", job())
    bench.ask(Steer, "other", command=PLAY)


def longest_wait(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> float:
    """How long the other run waits for its turn while a far step is looked at."""
    trained(bench, monkeypatch, FAR)
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


@pytest.mark.slow
def test_a_far_look_keeps_nobody_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    with Bench() as bench:
        assert longest_wait(bench, monkeypatch) < 0.3


@pytest.mark.slow
def test_without_errands_a_far_look_keeps_all_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    with Bench() as bench:
        monkeypatch.setattr(bench.shift.desk, "_way", lambda _: None)
        assert longest_wait(bench, monkeypatch) > 0.3


def turns_of_a_look(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> tuple[int, int]:
    """How often training and the way to a far step had their turn, until that was seen."""
    trained(bench, monkeypatch, SOME)
    desk, other = bench.shift.desk, bench.shift.desk.trainees["other"]
    train, carry_on = other.train, desk.carry_on
    turns, ways = [0], [0]

    def training(until: float) -> int:
        turns[0] += desk.is_awaited
        return train(until)

    def walking(until: float) -> None:
        ways[0] += 1
        carry_on(until)

    monkeypatch.setattr(other, "train", training)
    monkeypatch.setattr(desk, "carry_on", walking)
    bench.ask(Look, "long", probe=b'{"kind":"weight"}', step=SOME)
    return turns[0], ways[0]


@pytest.mark.slow
@pytest.mark.parametrize("courtesy", [shift.COURTESY, 0])
def test_training_lets_turns_pass_for_who_waits(
    courtesy: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shift, "COURTESY", courtesy)
    with Bench() as bench:
        turns, ways = turns_of_a_look(bench, monkeypatch)
        assert ways > 100
        assert abs(turns * (courtesy + 1) - ways) <= 2 * (courtesy + 1)


@pytest.mark.slow
def test_what_is_asked_after_a_rewind_is_done_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with Bench() as bench:
        trained(bench, monkeypatch)
        run = bench.shift.desk.trainees["long"].run
        for command in (b'{"kind":"rewind","step":%d}' % FEW, b'{"kind":"step","count":3}'):
            bench.send(Steer, "long", command=command)
        bench.wait(lambda: run.step == FEW + 3)

        def told() -> list[tuple[str, int]]:
            return [
                (m.event, m.step) for m in bench.heard if isinstance(m, Event) and m.run == "long"
            ]

        bench.wait(lambda: told()[-1] == ("state", FEW + 3))
        assert ("rewound", FEW) in told()


def test_a_rewind_stops_a_run_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with Bench() as bench:
        trained(bench, monkeypatch)
        bench.ask(Steer, "long", command=PLAY)
        answer = bench.ask(Steer, "long", command=b'{"kind":"rewind","step":%d}' % FEW)
        assert isinstance(answer, Answer)
        assert answer.step == FEW
        assert bench.states("long")[-1] == "paused"


def test_a_deleted_run_leaves_no_errand(monkeypatch: pytest.MonkeyPatch) -> None:
    with Bench() as bench:
        trained(bench, monkeypatch)
        numbers = [
            bench.send(Look, "long", probe=b'{"kind":"weight"}', step=step) for step in (FEW, 5)
        ]
        bench.ask(Drop, "long")
        refused = [bench.answer(number) for number in numbers]
        assert {answer.code for answer in refused if isinstance(answer, Refusal)} <= {"not-found"}
        assert bench.shift.desk.is_idle


def test_a_step_before_a_fork_began_is_refused_without_complaint(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with Bench() as bench:
        bench.create("whole", job())
        bench.ask(Steer, "whole", command=b'{"kind":"step","count":50}')
        bench.wait(lambda: "paused" in bench.states("whole"))
        saved = bench.ask(Save, "whole", step=30)
        assert isinstance(saved, Answer)
        document = job().model_dump_json().encode()
        bench.ask(Create, "fork", attempt=1, job=document, state=saved.body)
        bench.ask(Steer, "fork", command=PLAY)
        for asked in (
            bench.ask(Look, "fork", probe=b'{"kind":"weight"}', step=29),
            bench.ask(Save, "fork", step=0),
            bench.ask(Steer, "fork", command=b'{"kind":"rewind","step":29}'),
        ):
            assert isinstance(asked, Refusal)
            assert asked.code == "no-such-step"
            assert "steps 30 to" in asked.sentence
        assert bench.states("fork")[-1] == "running"  # no vain rewind stops it
        assert isinstance(bench.ask(Look, "fork", probe=b'{"kind":"weight"}', step=30), Answer)
    assert not caplog.records


def test_a_step_that_a_rewind_took_away_is_refused_without_complaint(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with Bench() as bench:
        trained(bench, monkeypatch)
        bench.send(Steer, "long", command=b'{"kind":"rewind","step":%d}' % FEW)
        asked = bench.ask(Look, "long", probe=b'{"kind":"weight"}', step=FEW + 1)
        assert isinstance(asked, Refusal)
        assert asked.code == "no-such-step"
    assert not caplog.records


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
