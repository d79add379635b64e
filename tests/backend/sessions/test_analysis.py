"""Analyses are worked out between the turns, on copies; they are bounded, and end when nobody waits."""

import json
import time
from itertools import pairwise
from typing import Any

import pytest

from neurarium.sessions import limits
from neurarium.sessions.analysis import Analyses
from neurarium.sessions.errors import Refused
from neurarium.sessions.limits import Limit
from neurarium.sessions.protocol import (
    Abandon,
    Analyse,
    Answer,
    Drop,
    Look,
    Part,
    Refusal,
    Steer,
    pack,
)
from tests.backend.sessions.bench import Bench
from tests.backend.sessions.house import job

PLAY = b'{"kind":"play"}'


def sweep(steps: int = 100, values: tuple[float, ...] = (0.1, 0.2, 0.3), **more: Any) -> bytes:
    question = {"kind": "sweep", "key": "optimizer.lr", "values": values, "steps": steps}
    return json.dumps(question | more).encode()


def parts(bench: Bench, number: int) -> list[Part]:
    return [m for m in bench.heard if isinstance(m, Part) and m.id == number]


def test_marks_come_one_by_one_and_then_the_answer() -> None:
    with Bench() as bench:
        bench.create("abcd", job())
        number = bench.send(Analyse, "abcd", question=sweep())
        answer = bench.answer(number)
        assert isinstance(answer, Answer)
        assert answer.facts == {"from": 0, "engine": "lockstep"}
        told = [part.facts["steps"] for part in parts(bench, number)]
        assert (told[0], told[-1]) == (0, 100)
        assert told == sorted(set(told))
        losses = parts(bench, number)[-1].facts["evaluation"]["train_loss"]
        assert len(losses) == 3
        assert bench.shift.desk.is_idle


def test_the_answer_names_what_trained_the_copies_in_turn() -> None:
    with Bench() as bench:
        bench.create("abcd", job(engine="plain"))
        answer = bench.answer(bench.send(Analyse, "abcd", question=sweep(5)))
        assert isinstance(answer, Answer)
        assert answer.facts == {"from": 0, "engine": "plain"}


def test_the_run_and_others_go_on_and_can_be_steered_meanwhile() -> None:
    with Bench() as bench:
        for name in ("abcd", "other"):
            bench.create(name, job())
            bench.ask(Steer, name, command=PLAY)
        number = bench.send(Analyse, "abcd", question=sweep(10_000, (0.1,) * 64))
        runs = [bench.shift.desk.trainees[name].run for name in ("abcd", "other")]
        bench.wait(lambda: parts(bench, number))
        steps = [run.step for run in runs]
        assert isinstance(bench.ask(Look, "abcd", probe=b'{"kind":"weight"}'), Answer)
        bench.wait(lambda: all(run.step > step for run, step in zip(runs, steps, strict=True)))
        assert isinstance(bench.ask(Steer, "abcd", command=b'{"kind":"pause"}'), Answer)
        bench.wait(lambda: runs[1].step > steps[1] + 200)
        assert len(bench.shift.desk.analyses) == 1


@pytest.mark.slow
def test_no_other_run_waits_long_for_its_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    with Bench() as bench:
        bench.create("abcd", job())
        bench.create("other", job())
        other = bench.shift.desk.trainees["other"]
        turns: list[float] = []
        train = other.train

        def note(until: float) -> int:
            turns.append(time.thread_time())
            return train(until)

        monkeypatch.setattr(other, "train", note)
        bench.ask(Steer, "other", command=PLAY)
        bench.wait(lambda: len(turns) > 50)  # what its first steps compile is not the analysis's
        known = len(turns)
        assert isinstance(bench.ask(Analyse, "abcd", question=b'{"kind":"throughput"}'), Answer)
        assert len(turns) > known + 50  # measured in one go, it would be 1.8 seconds
        assert max(after - before for before, after in pairwise(turns[known:])) < 0.8


def test_who_no_longer_waits_ends_the_work() -> None:
    with Bench() as bench:
        bench.create("abcd", job())
        number = bench.send(Analyse, "abcd", question=sweep(10_000, (0.1,) * 64))
        bench.wait(lambda: parts(bench, number))
        bench._far.sendall(pack(Abandon(number)))
        bench.wait(lambda: bench.shift.desk.is_idle)
        assert not [m for m in bench.heard if isinstance(m, Answer) and m.id == number]


def test_a_deleted_run_leaves_no_analysis() -> None:
    with Bench() as bench:
        bench.create("abcd", job())
        number = bench.send(Analyse, "abcd", question=sweep(10_000, (0.1,) * 64))
        bench.wait(lambda: parts(bench, number))
        bench.ask(Drop, "abcd")
        refused = bench.answer(number)
        assert isinstance(refused, Refusal)
        assert refused.code == "not-found"
        assert bench.shift.desk.is_idle


def test_what_cannot_be_is_refused_and_hurts_nobody() -> None:
    with Bench() as bench:
        bench.create("abcd", job())
        for question in (sweep(key="seed"), sweep(values=(-1, -2)), sweep(key="nonsense")):
            refused = bench.ask(Analyse, "abcd", question=question)
            assert isinstance(refused, Refusal)
            assert refused.code == "command-refused"
        assert isinstance(bench.ask(Analyse, "nobody", question=sweep()), Refusal)
        assert bench.shift.desk.trainees["abcd"].state == "waiting"
        assert bench.shift.desk.is_idle


def test_copies_of_a_large_network_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SWEEP_PARAMETERS", Limit(60, "", ""))
    with Bench() as bench:
        bench.create("abcd", job())
        refused = bench.ask(Analyse, "abcd", question=sweep())
        assert isinstance(refused, Refusal)
        assert (refused.code, refused.values["limit"]) == ("job-refused", 60)


def test_analyses_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "ANALYSES", Limit(2, "", ""))
    analyses = Analyses()

    def nothing() -> Any:
        yield None
        return {}

    for number in range(2):
        analyses.begin(Analyse(number, "abcd", b""), nothing())
    with pytest.raises(Refused) as refused:
        analyses.begin(Analyse(3, "abcd", b""), nothing())
    assert (refused.value.code, refused.value.values) == ("busy", {"limit": 2})
