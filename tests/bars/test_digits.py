"""LeNet's bars: how well it reads digits it has not seen, and what looking at it costs."""

import json
from pathlib import Path

import pytest
from benchmarks.lenet import WATCHED
from benchmarks.viewer import Probes

from neurarium.sessions.governor import SHARE, Governor
from neurarium.sessions.protocol import Beat, Steer, WatchProbe
from neurarium.training.job import Job
from tests.backend.sessions.bench import Bench
from tests.backend.sessions.house import preset
from tests.backend.training.test_digit_quality import BAR, SECONDS, held_out_accuracy
from tests.bars.table import Table
from tests.bars.test_quality import train

pytestmark = pytest.mark.bars

SUBJECT = "lenet"
PLAY = b'{"kind":"play"}'
SPAN = 20
"""Seconds of training."""


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_lenet_reads_digits_in_time(seed: int, tmp_path: Path, table: Table) -> None:
    told = train("lenet5", seed, "--export", str(tmp_path))
    assert told["state"] == "finished"
    reached, name = held_out_accuracy(tmp_path), f"lenet5, seed {seed}"
    for key, words in (("chance", "chance"), ("linear", "a linear classifier")):
        table.note(1, f"{name}: {words}", f"{told['baseline'][key]:.1%}", SUBJECT)
    table.hold(
        1, f"{name}: training", f"{told['seconds']:.2f} s", f"at most {SECONDS:g} s",
        told["seconds"] <= SECONDS, SUBJECT,
    )  # fmt: skip
    table.hold(
        1, f"{name}: held out", f"{reached:.1%}", f"at least {BAR:.0%}", reached >= BAR, SUBJECT
    )


def looking_share(
    governor: Governor, seconds: float, job: Job | None = None, probes: Probes = WATCHED
) -> tuple[float, int]:
    """Which share of so many seconds of training goes into looking, by the worker's beats; and how many looks."""
    with Bench(governor) as bench:
        bench.create("abcd", job or preset("lenet5", steps=1_000_000))
        for watch, probe in enumerate(probes):
            bench.note(WatchProbe("abcd", watch, json.dumps(probe).encode()))
        # As at a page: all is seen before it is set going. The minibatch comes with the first step.
        bench.wait(
            lambda: len({picture.watch for picture in bench.pictures("abcd")}) >= len(probes) - 1
        )
        bench.ask(Steer, "abcd", command=PLAY)
        beat = Beat(0, 0, 0, 0, 0)
        while beat.seconds_training < seconds:
            before = len(bench.heard)
            bench.wait(lambda: [m for m in bench.heard[before:] if isinstance(m, Beat)])  # noqa: B023
            beat = [m for m in bench.heard if isinstance(m, Beat)][-1]
        assert {picture.watch for picture in bench.pictures("abcd")} == set(range(len(probes)))
        return beat.seconds_looking / beat.seconds_training, beat.looks


@pytest.mark.timeout(400)
def test_watching_lenet_costs_at_most_its_share(table: Table) -> None:
    share, looks = looking_share(Governor(), SPAN)
    measured = f"{share:.2%}, {looks} looks in {SPAN} s"
    table.hold(
        4, "lenet5: looking, of training", measured, f"at most {SHARE:.0%}",
        share <= SHARE * 1.01, SUBJECT,
    )  # fmt: skip


@pytest.mark.timeout(400)
def test_without_the_governor_watching_costs_more(table: Table) -> None:
    """The negative control."""
    share, _ = looking_share(Governor(share=1.0), 5)
    table.note(4, "lenet5: looking, of training, were its share 100 %", f"{share:.2%}", SUBJECT)
    assert share > SHARE * 1.01
