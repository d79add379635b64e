"""A worker that hangs is told from one that has much to do, by a clock of the test's own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

from neurarium.sessions import limits
from neurarium.sessions.vigil import Look, Vigil, look_at

IDLE = Look("S", 1.0)
SPIN = "while True: pass"


Looks = Look | None | Callable[[float], Look]


def first(watch: Vigil, looks: Looks, start: float = 0.0, end: float = 2000.0) -> float | None:
    """Look twice a second; return when it is judged to be hung."""
    now = start
    while now < end:
        now += 0.5
        look = looks if looks is None or isinstance(looks, Look) else looks(now)
        if watch.judge(now, look):
            return now
    return None


def test_who_is_silent_and_idle_is_hung() -> None:
    watch = Vigil(0.0)
    watch.judge(0.5, IDLE)
    assert first(watch, IDLE, 0.5) == 0.5 + limits.HUNG_SECONDS + 0.5


def test_three_of_its_own_steps_are_waited_for_besides() -> None:
    watch = Vigil(0.0)
    watch.step = 4.0
    watch.judge(0.5, IDLE)
    assert first(watch, IDLE, 0.5) == 0.5 + limits.HUNG_SECONDS + 12 + 0.5


def test_who_says_something_lives() -> None:
    watch = Vigil(0.0)
    for second in range(100):
        watch.heard(second)
        assert watch.judge(second, IDLE) is None


def test_who_is_busy_has_minutes_for_a_step() -> None:
    """A step of 30 seconds is no reason; one without an end is."""
    watch = Vigil(0.0)
    end = first(watch, lambda now: Look("S", now / 10))
    assert end == limits.BUSY_SECONDS + 0.5
    assert limits.BUSY_SECONDS > 30


def test_who_is_kept_from_the_processor_by_others_is_not_hung() -> None:
    watch = Vigil(0.0)
    assert first(watch, Look("R", 1.0), end=200) is None


def test_where_the_kernel_tells_nothing_only_words_count() -> None:
    assert first(Vigil(0.0), None) == limits.BUSY_SECONDS + 0.5


def test_a_watcher_that_slept_accuses_nobody() -> None:
    """The machine was suspended, or the web process stopped: what came meanwhile is not yet read."""
    watch = Vigil(0.0)
    watch.judge(0.5, IDLE)
    assert watch.judge(500.0, IDLE) is None
    assert first(watch, IDLE, 500.0) == 500 + limits.HUNG_SECONDS + 0.5


def test_the_kernel_tells_of_stopped_busy_and_ended_processes() -> None:
    with subprocess.Popen([sys.executable, "-c", SPIN]) as process:
        deadline = time.monotonic() + 60
        while (look := look_at(process.pid)) is None or look.seconds < 0.1:
            assert time.monotonic() < deadline
        os.kill(process.pid, signal.SIGSTOP)
        while (stopped := look_at(process.pid)) is None or stopped.state != "T":
            assert time.monotonic() < deadline
        process.kill()
    assert look_at(process.pid) is None
