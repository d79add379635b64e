"""Analyses, as the process for them works them out: on copies, a little at a time, in turns."""

from collections.abc import Generator, Iterator
from dataclasses import asdict, dataclass
from time import monotonic
from typing import Any

from neurarium.sessions import limits
from neurarium.sessions.errors import Refused
from neurarium.sessions.protocol import Analyse, Answer, Part, Spoken
from neurarium.sessions.question import AnyAnalysis, Check, Sweep
from neurarium.training.check import JobError
from neurarium.training.command import CommandError
from neurarium.training.referee import CheckError, Referee, Wanted
from neurarium.training.replicas import begin, replicate
from neurarium.training.run import Run
from neurarium.training.state import State
from neurarium.training.sweep import sweep
from neurarium.training.throughput import measure

Facts = dict[str, Any]
Work = Generator[Facts | None, None, Facts]
"""Yields between two portions: nothing, or a part of the answer; returns the whole."""


@dataclass
class Analysis:
    """One that is under way."""

    asked: Analyse
    work: Work
    step: int


class Analyses:
    """All that are under way in a worker. They take turns."""

    def __init__(self) -> None:
        self._open: dict[int, Analysis] = {}

    def __len__(self) -> int:
        """Count them."""
        return len(self._open)

    def begin(self, asked: Analyse, work: Work, step: int = 0) -> None:
        """Take one on, or raise Refused."""
        if len(self) >= limits.ANALYSES:
            raise Refused(
                "busy",
                f"{len(self)} analyses are under way here. Wait for one to end, or stop it.",
                limit=int(limits.ANALYSES),
            )
        self._open[asked.id] = Analysis(asked, work, step)

    def abandon(self, number: int) -> None:
        """Nobody waits for it any more."""
        self._open.pop(number, None)

    def drop(self, run: str) -> list[int]:
        """Give up all of a run; return by which numbers they were asked for."""
        numbers = [number for number, each in self._open.items() if each.asked.run == run]
        for number in numbers:
            del self._open[number]
        return numbers

    def next(self) -> Analysis:
        """Say whose turn it is."""
        number = next(iter(self._open))
        self._open[number] = self._open.pop(number)  # the next time is another's
        return self._open[number]

    def advance(self, analysis: Analysis, until: float) -> Iterator[Spoken]:
        """Go on with one for a while; what there is to tell comes out. Whatever goes wrong ends it."""
        number = analysis.asked.id
        try:
            while True:
                facts = next(analysis.work)
                if facts is not None:
                    yield Part(number, facts)
                if monotonic() >= until:
                    return
        except StopIteration as end:
            self.abandon(number)
            yield Answer(number, analysis.step, end.value)
        except (CommandError, JobError) as problem:
            self.abandon(number)
            raise Refused("command-refused", str(problem)) from problem
        except BaseException:
            self.abandon(number)
            raise


def work(question: AnyAnalysis, run: Run) -> Work:
    """Copy what is needed of a run as it is now, and say how a question is worked out."""
    if isinstance(question, Sweep):
        copies = len(question.values)
        parameters = copies * run.inspection.parameters
        if parameters > limits.SWEEP_PARAMETERS:
            raise Refused(
                "job-refused",
                f"{copies} copies have {parameters:,} parameters together; at most "
                f"{limits.SWEEP_PARAMETERS:,} may be trained at once. Try fewer.",
                limit=int(limits.SWEEP_PARAMETERS),
                actual=parameters,
            )
        return _sweep(question, run.state(), str(run.device))
    if isinstance(question, Check):
        return _check(question, run)
    return _throughput(run.state(), str(run.device))


def _check(question: Check, run: Run) -> Work:
    targets = [
        Wanted(target.parameter, target.node, tuple(target.index)) for target in question.targets
    ]
    try:
        referee = Referee(run, targets, question.example)
    except CheckError as problem:
        raise Refused("check-refused", str(problem)) from problem
    return _judged(referee, run.step)


def _judged(referee: Referee, step: int) -> Work:
    found = []
    for judgement in referee.judge():
        found.append(asdict(judgement))
        yield None
    return {"step": step, "checks": found}


def _throughput(state: State, device: str) -> Work:
    lines = yield from measure(state, device)
    return {"step": state.facts.step, "lines": [asdict(line) for line in lines]}


def _sweep(question: Sweep, state: State, device: str) -> Work:
    values = [int(value) if value.is_integer() else value for value in question.values]
    if question.start == "now":
        made = replicate(state, device, question.key, values, question.steps)
    else:
        made = begin(state.facts.job, device, question.key, values, question.steps)
    replicas = yield from made
    since = state.facts.step if question.start == "now" else 0
    told: Facts = {}
    for mark in sweep(replicas, question.steps):
        if mark is not None:
            told = {"step": since + mark.steps, "steps": mark.steps, "diverged": mark.diverged}
            told["evaluation"] = mark.evaluation
        yield told if mark is not None else None
    return {"from": since, "engine": replicas.engine}
