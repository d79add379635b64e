"""Speed by the size of the batch: measured on copies, bounded, and true to what steps take."""

from typing import Any

import pytest

from neurarium.training import throughput
from neurarium.training.run import Run
from neurarium.training.throughput import SIZES, measure
from tests.backend.sessions.house import job, preset
from tests.backend.training.jobs import dropping, make_job


def lines(work: Any) -> Any:
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value


def test_both_engines_are_measured_at_every_size_and_the_run_is_not_touched() -> None:
    run = Run(job(), "cpu")
    before = run.state().digest()
    found = lines(measure(run.state(), "cpu"))
    assert [line.engine for line in found] == [run.engine.name, "plain"]
    assert found[0].engine != "plain"
    for line in found:
        assert tuple(line.sizes) == SIZES
        assert len(line.rates) == len(SIZES)
        assert all(rate > 0 for rate in line.rates)
        assert line.rates[-1] > 3 * line.rates[0]
    assert run.state().digest() == before


@pytest.mark.slow
def test_where_the_reference_is_the_engine_there_is_one_line() -> None:
    run = Run(make_job(graph=dropping()), "cpu")
    assert [line.engine for line in lines(measure(run.state(), "cpu"))] == ["plain"]


def test_time_that_is_short_leaves_out_large_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throughput, "SECONDS", 0.02)
    line, *_ = lines(measure(Run(preset("lenet5"), "cpu").state(), "cpu"))
    assert 1 <= len(line.sizes) < len(SIZES)
