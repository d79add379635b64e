"""What a look costs on one core: `make bars` prints the table and holds the bar."""

import statistics
import time

import pytest

from neurarium import frame
from neurarium.probes import PROBES
from neurarium.sessions.timeline import Timeline
from neurarium.training.run import Run
from tests.backend.probes.runs import chain, make_job, make_probe, preset

ROUNDS = 41
MILLISECOND = 1e-3


def cost(timeline: Timeline, kind: str, **settings: object) -> tuple[float, float]:
    """Median processor seconds of a look, and of writing its frame for the wire, a step between any two."""
    probe, looks, writes = make_probe(kind, **settings), [], []
    for _ in range(ROUNDS):
        timeline.take(observe=True)
        view = timeline.view()
        begin = time.process_time()
        seen = probe.look(view)
        middle = time.process_time()
        frame.wire(seen, kind)
        looks.append(middle - begin)
        writes.append(time.process_time() - middle)
    return statistics.median(looks), statistics.median(writes)


@pytest.mark.bars
def test_every_unit_of_the_largest_pocket_network_is_drawn_within_a_millisecond() -> None:
    widest = chain(*[8] * 6, 1)
    job = make_job(graph=widest, precision="float32", steps=10_000)
    look, write = cost(Timeline(Run(job)), "boundary")
    print(f"\nboundary 25×25 of 2-8×6-1: look {look * 1e3:.2f} ms, write {write * 1e3:.2f} ms")  # noqa: T201
    assert look < MILLISECOND


@pytest.mark.bars
@pytest.mark.parametrize("kind", PROBES)
def test_a_look_at_the_first_visits_network_is_cheap(kind: str) -> None:
    timeline = Timeline(Run(preset("mlp-circles", steps=10_000)))
    for _ in range(200):
        timeline.take(observe=True)
    look, write = cost(timeline, kind)
    print(f"\n{kind:9} look {look * 1e3:.2f} ms, write {write * 1e3:.2f} ms")  # noqa: T201
    assert look < 10 * MILLISECOND
