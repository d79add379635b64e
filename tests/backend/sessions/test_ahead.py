"""The process for analyses is there before anybody asks, and has loaded what takes long: while nothing is asked."""

import subprocess
import sys
from pathlib import Path

import pytest

from neurarium.sessions import placement
from neurarium.sessions.ahead import QUIET, Ahead
from neurarium.sessions.confinement import ANALYST
from neurarium.sessions.forked import Forked
from neurarium.sessions.protocol import Beat, Drop
from neurarium.sessions.shift import BEAT
from tests.backend.sessions.bench import Bench
from tests.backend.sessions.house import job, until
from tests.backend.sessions.test_suspicion import Watch, opened

FIRST, SECOND = "first_part_that_is_loaded_ahead", "second_part_that_is_loaded_ahead"


@pytest.fixture
def parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, ...]:
    for name in (FIRST, SECOND):
        (tmp_path / f"{name}.py").touch()
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    return FIRST, "no_part_at_all", SECOND


def test_a_part_at_a_time_and_only_where_it_is_quiet(parts: tuple[str, ...]) -> None:
    ahead = Ahead(parts)
    ahead.heard(10.0)
    assert not ahead.go_on(10.0 + QUIET / 2)
    assert FIRST not in sys.modules
    assert ahead.go_on(10.0 + QUIET)
    assert FIRST in sys.modules
    assert SECOND not in sys.modules
    ahead.heard(11.0)
    assert not ahead.go_on(11.0)
    assert ahead.go_on(12.0)  # what cannot be loaded is passed over
    assert ahead.go_on(12.0)
    assert SECOND in sys.modules
    assert not ahead.go_on(12.0)


def test_a_shift_loads_nothing_while_it_has_a_run(parts: tuple[str, ...]) -> None:
    with Bench() as bench:
        bench.create("run", job())
        bench.shift.ahead = Ahead(parts)
        before = beats(bench)
        bench.wait(lambda: beats(bench) >= before + 2 + QUIET / BEAT)
        assert FIRST not in sys.modules
        bench.ask(Drop, "run")
        bench.wait(lambda: SECOND in sys.modules)
        assert not bench.shift.ahead.left


def beats(bench: Bench) -> int:
    return sum(isinstance(message, Beat) for message in bench.heard)


@pytest.mark.parametrize(("seconds", "is_there"), [(0.0, True), (3600.0, False)])
async def test_the_process_for_analyses_is_made_after_the_workers(
    seconds: float, is_there: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(placement, "AHEAD", seconds)
    monkeypatch.setattr(placement, "launcher", Forked)
    house = await opened(monkeypatch, Watch())
    if is_there:
        await until(lambda: ANALYST in house.links)
        assert (await house.analyst()).index == ANALYST
    assert {link.index for link in house.ready} == {0, 1}
    assert (ANALYST in house.links) == is_there
    await house.stop()


PROGRAM = """
import sys, time
from neurarium.sessions import demo, warm, worker
warm.up("cpu")
from neurarium.sessions.ahead import Ahead
from neurarium.training.run import Run
ahead = Ahead()
print("neurarium.capture.joint" in sys.modules)
while ahead.go_on(time.monotonic()):
    pass
known = set(sys.modules)
from neurarium.capture.capture import capture_run
capture_run(Run(demo.demo_job(), "cpu"), "minibatch")
print(*sorted(set(sys.modules) - known))
"""


@pytest.mark.bars
def test_the_first_capture_has_nothing_left_to_load() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False"]
