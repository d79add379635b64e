"""The timeline of a long run: any past step within a second, forks and resumptions to the bit, and what that costs."""

import random
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from typing import Any, ClassVar

import pytest
from sqlalchemy import insert

from neurarium.sessions import desk, revival
from neurarium.sessions.archive import Archive, Scribe, Task
from neurarium.sessions.control import Play, Rewind, Step
from neurarium.sessions.protocol import Answer, Create, Steer
from neurarium.sessions.session import Session
from neurarium.sessions.store.schema import ANSWERS
from neurarium.sessions.store.writer import Work
from neurarium.sessions.timeline import Timeline
from neurarium.training.command import Change
from neurarium.training.run import Run
from tests.backend.sessions.bench import Bench
from tests.backend.sessions.house import preset, probe, stood, until
from tests.backend.sessions.store.test_restart import digest, ready, server, undisturbed
from tests.bars.table import Table

pytestmark = [pytest.mark.bars, pytest.mark.timeout(3000)]

STEPS = 10_000
JOB = preset("lenet5", steps=STEPS)
SEED = 7
LOOKS = 100
PROBES = ("weight", "value")
PATIENCE = 900
COMMITS = 300
COMMANDS = 100
LIVES = 3


def reached(run: Session | Run, step: int) -> Callable[[], bool]:
    return lambda: run.step >= step


async def ended(session: Session) -> str:
    """Wait for a run's end; the hash of the state that it arrives at."""
    await until(lambda: session.state == "finished", PATIENCE)
    return await digest(session)


async def played(session: Session) -> str:
    """Let a run come to its end; the hash of the state that it arrives at."""
    await session.command("to-the-end", Play())
    return await ended(session)


async def looks(session: Session) -> tuple[list[float], list[bytes]]:
    """Look at random past steps, one after the other: seconds of each, and what was seen."""
    chance, spans, seen = random.Random(SEED), [], []
    for number in range(LOOKS):
        step = chance.randint(1, STEPS - 1)
        begin = time.perf_counter()
        seen.append(await session.look(probe(PROBES[number % len(PROBES)]), step))
        spans.append(time.perf_counter() - begin)
    return spans, seen


def seconds_since(begin: float) -> str:
    return f"{time.perf_counter() - begin:.1f} s"


def hold_spans(table: Table, what: str, spans: list[float], bound: float = 1.0) -> None:
    figure = f"median {median(spans) * 1e3:.0f} ms, worst {max(spans) * 1e3:.0f} ms"
    table.hold(4, what, figure, f"at most {bound:g} s each", max(spans) <= bound)


async def test_any_past_step_is_there_within_a_second(table: Table, tmp_path: Path) -> None:
    what = f"a past step of {STEPS} of LeNet, {LOOKS} looks"
    async with server(tmp_path) as sessions:
        run = await (await ready(sessions)).create("ada", preset("lenet5"))
        await run.command("go", Step(count=STEPS))
        await until(lambda: run.state == "paused" and run.step == STEPS, PATIENCE)
        spans, still = await looks(run)
        hold_spans(table, f"{what}, while it stands still", spans)
        await run.command("on", Play())
        spans, moving = await looks(run)
        assert run.step > STEPS
        hold_spans(table, f"{what}, while it trains on", spans)
        assert moving == still
    begin = time.perf_counter()
    async with server(tmp_path) as sessions:
        run = sessions.get("ada", run.id)
        await until(reached(run, run.step + 1), PATIENCE)
        table.note(4, f"{what}: second life, until it trains on", seconds_since(begin))
        spans, again = await looks(run)
        hold_spans(table, f"{what}, in a second life of the server, while it trains on", spans)
        assert again == still
        spans = []
        for step in sorted(random.Random(SEED).sample(range(1, STEPS), 8), reverse=True):
            begin = time.perf_counter()
            await run.command(f"back-{step}", Rewind(step=step))
            spans.append(time.perf_counter() - begin)
            assert run.step == step
        hold_spans(table, f"gone back to a past step, {len(spans)} times", spans)


async def test_forks_and_resumptions_arrive_at_the_same_bits(table: Table, tmp_path: Path) -> None:
    for name in ("forks", "lives"):
        (tmp_path / name).mkdir()
    expected = undisturbed(JOB, STEPS, {})
    chance = random.Random(SEED)
    middle = chance.randint(STEPS // 3, 2 * STEPS // 3)
    async with server(tmp_path / "forks") as sessions:
        run = await (await ready(sessions)).create("ada", JOB)
        arrived = await played(run)
        same, other = await run.fork("ada", middle), await run.fork("ada", middle)
        assert same.step == other.step == middle
        same_hash = await played(same)
        for number, lr in enumerate((JOB.optimizer.lr * 1.5, JOB.optimizer.lr)):
            # One step is taken with another learning rate: the jobs at the end are equal.
            await other.command(f"lr-{number}", Change(changes={"optimizer.lr": lr}))
            await other.command(f"one-{number}", Step())
            await stood(other)
        other_hash = await played(other)
        assert other.job == same.job == run.job
    what = f"LeNet, state after {STEPS} steps"
    table.note(4, f"{what}: SHA-256 of the bare loop", expected[:16])
    table.hold(4, f"{what}: in a worker", arrived[:16], "the same", arrived == expected)
    table.hold(4, f"{what}: forked at {middle}", same_hash[:16], "the same", same_hash == arrived)
    table.hold(
        4,
        f"{what}: forked at {middle}, one step with another learning rate",
        other_hash[:16],
        "another",
        other_hash != arrived,
    )
    stops = sorted(chance.sample(range(STEPS // 10, 9 * STEPS // 10), LIVES))
    name = ""
    for stop in [*stops, STEPS]:
        async with server(tmp_path / "lives") as sessions:
            if not name:
                run = await (await ready(sessions)).create("ada", JOB)
                await run.command("play", Play())
                name = run.id
            run = sessions.get("ada", name)
            await until(reached(run, stop), PATIENCE)
            if stop == STEPS:
                resumed = await ended(run)
    table.hold(
        4,
        f"{what}: stopped with its server near {', '.join(map(str, stops))}",
        f"{resumed[:16]} in life {run.attempt}",
        "the same",
        resumed == expected and run.attempt == LIVES + 1,
    )


class Copying(Timeline):
    """A timeline that times what it does for snapshots and checkpoints."""

    def __init__(self, *given: Any, **settings: Any) -> None:
        self.waits: list[float] = []
        self.costs: list[float] = []
        super().__init__(*given, **settings)

    def _keep(self, step: int) -> None:
        self._timed(partial(super()._keep, step))

    def write(self, used: float, *, sync: bool = False) -> None:
        self._timed(partial(super().write, used, sync=sync))

    def _timed(self, work: Callable[[], None]) -> None:
        begin, wait = time.thread_time(), time.perf_counter()
        work()
        self.costs.append(time.thread_time() - begin)
        self.waits.append(time.perf_counter() - wait)


class Thinning(Archive):
    """An archive that times what it does in the loop once a file is written."""

    costs: ClassVar[list[float]] = []

    def collect(self) -> None:
        begin = time.thread_time()
        super().collect()
        self.costs.append(time.thread_time() - begin)


class Writing(Scribe):
    """A scribe that times what it does."""

    def __init__(self) -> None:
        self.processor = 0.0
        super().__init__()

    def _write(self, task: Task) -> None:
        begin = time.thread_time()
        super()._write(task)
        self.processor += time.thread_time() - begin


def test_checkpoints_cost_little(
    table: Table, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(revival, "Timeline", Copying)
    monkeypatch.setattr(revival, "Archive", Thinning)
    monkeypatch.setattr(desk, "Scribe", Writing)
    Thinning.costs.clear()
    with Bench() as bench:
        told = bench.ask(
            Create,
            "abcd",
            attempt=1,
            job=JOB.model_dump_json().encode(),
            folder=str(tmp_path / "abcd"),
        )
        assert isinstance(told, Answer)
        bench.ask(Steer, "abcd", command=Play().model_dump_json().encode())
        trainee = bench.shift.desk.trainees["abcd"]
        for mark in range(500, STEPS + 1, 500):
            bench.wait(reached(trainee.run, mark))
        bench.wait(lambda: "finished" in bench.states("abcd"))
        timeline, scribe = trainee.timeline, bench.shift.desk._scribe
        assert isinstance(timeline, Copying)
        assert isinstance(scribe, Writing)
        archive = timeline.archive
        assert archive is not None
        scribe.settle(archive.folder)
        archive.collect()
    what = f"LeNet, {STEPS} steps"
    kept = f"{len(timeline.steps())} steps, {len(archive.places)} of them on disk"
    table.note(4, f"{what}: kept", kept)
    table.note(4, f"{what}: processor time of training", f"{trainee.used:.1f} s")
    costs = [*timeline.costs, *Thinning.costs]
    copying = sum(costs) / trainee.used
    share = copying + scribe.processor / trainee.used
    table.hold(
        4,
        f"{what}: share of snapshots and checkpoints in it",
        f"{share:.2%} ({copying:.2%} of it in the training loop)",
        "at most 5 %",
        share <= 0.05,
    )
    longest = f"{what}: longest stall of the training loop by one"
    table.note(4, f"{longest}, by the wall clock", f"{max(timeline.waits) * 1e3:.1f} ms")
    stall = max(costs)
    table.hold(
        4,
        f"{longest}, in time of the processor",
        f"{stall * 1e3:.1f} ms",
        "at most 50 ms",
        stall <= 0.05,
    )


def percentiles(spans: list[float]) -> tuple[float, float]:
    """The 50th and the 99th."""
    cuts = quantiles(spans, n=100, method="inclusive")
    return cuts[49], cuts[98]


def answered(run: str, cmd_id: str) -> Work:
    """A row as commands write it."""
    row = {"run": run, "cmd_id": cmd_id, "command": "{}", "step": 0}
    return lambda connection: connection.execute(insert(ANSWERS).values(row))


async def test_commits_and_commands_are_quick_while_a_run_trains(
    table: Table, tmp_path: Path
) -> None:
    async with server(tmp_path) as sessions:
        run = await (await ready(sessions)).create("ada", preset("lenet5"))
        await run.command("play", Play())
        await until(reached(run, 200), PATIENCE)
        store = sessions._store
        assert store is not None
        commits, commands = [], []
        for number in range(COMMITS):
            work = answered(run.id, f"commit-{number}")
            begin = time.perf_counter()
            await store.write([work], safe=True)
            commits.append(time.perf_counter() - begin)
        for number in range(COMMANDS):
            change = Change(changes={"optimizer.lr": 0.001 + number * 1e-6})
            begin = time.perf_counter()
            await run.command(f"lr-{number}", change)
            commands.append(time.perf_counter() - begin)
        assert run.state == "running"
        assert len(run.log.journal) == COMMANDS
    for what, spans, bound in (
        (f"a commit that is safe from a power cut, of {COMMITS}", commits, 0.1),
        (f"a change of a LeNet that trains, until it is stored, of {COMMANDS}", commands, 0.2),
    ):
        half, most = percentiles(spans)
        table.hold(
            7,
            what,
            f"p50 {half * 1e3:.1f} ms, p99 {most * 1e3:.1f} ms",
            f"p99 at most {bound * 1e3:.0f} ms",
            most <= bound,
        )
