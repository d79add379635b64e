"""Curves are paged by steps: each point comes once, and all curves of a page end together."""

import csv
import io
import json
import math

import pytest

from neurarium.api.routes.metrics import Range, as_csv, as_ndjson, curve, cut
from neurarium.sessions.log import Log
from neurarium.sessions.protocol import Series


@pytest.fixture
def log() -> Log:
    """Losses at every step, accuracy at every tenth."""
    made = Log("abcd")
    for step in range(1, 101):
        series = [Series("loss", [step], [1], [[1 / step]])]
        if step % 10 == 0:
            series.append(Series("accuracy", [step], [1], [[step / 100]]))
        made.metrics(series)
    return made


@pytest.mark.parametrize("limit", [1, 3, 7, 10, 99, 100, 101, 20_000])
def test_pages_put_together_are_the_whole(log: Log, limit: int) -> None:
    found: dict[str, list[int]] = {"loss": [], "accuracy": []}
    after: int | None = -1
    while after is not None:
        page, following = cut(log, Range(after=after, limit=limit))
        for part in page:
            assert len(part.steps) <= limit
            found[part.name] += part.steps
        assert following is None or following > after
        after = following
    assert found == {"loss": list(range(1, 101)), "accuracy": list(range(10, 101, 10))}


def test_one_curve_can_be_asked_for(log: Log) -> None:
    page, following = cut(log, Range(curve=["accuracy", "nonsense"]))
    assert [part.name for part in page] == ["accuracy"]
    assert following is None


def test_a_run_without_points_has_no_curves() -> None:
    assert cut(Log("abcd"), Range()) == ([], None)


ODD = Series(
    "loss",
    [4, 8],
    [4, 4],
    [[math.nan, 1.0], [math.inf, 2.0]],
    [[0.5, 0.0], [1.0, 1.0]],
    [[math.inf, 1.0], [3.0, 3.0]],
)


def test_json_has_null_where_a_number_is_not_finite() -> None:
    document = json.loads(curve(ODD).model_dump_json(), parse_constant=pytest.fail)
    assert document["values"] == [[None, 1.0], [None, 2.0]]
    assert document["high"] == [[None, 1.0], [3.0, 3.0]]


def test_tables_have_a_row_for_each_point_of_each_replica() -> None:
    table = list(csv.DictReader(io.StringIO(as_csv([ODD]))))
    assert [(row["step"], row["replica"], row["value"]) for row in table] == [
        ("4", "0", "nan"), ("4", "1", "1.0"), ("8", "0", "inf"), ("8", "1", "2.0"),
    ]  # fmt: skip
    lines = [json.loads(line) for line in as_ndjson([ODD]).splitlines()]
    assert lines[0] == {
        "curve": "loss", "step": 4, "count": 4, "replica": 0, "value": None, "low": 0.5, "high": None,
    }  # fmt: skip


def test_points_that_are_no_buckets_are_their_own_ends(log: Log) -> None:
    row = json.loads(as_ndjson([log.series("loss", 1, 1)]))
    assert row["low"] == row["value"] == row["high"] == 1.0


@pytest.mark.parametrize("points", [2, 7, 33, 99, 100, 500])
def test_a_whole_curve_in_few_points_forgets_no_step_and_no_spike(log: Log, points: int) -> None:
    (loss, accuracy), following = cut(log, Range(points=points))
    assert following is None
    assert (loss.name, accuracy.name) == ("loss", "accuracy")
    assert len(loss.steps) == min(points, 100)
    assert sum(loss.counts) == 100
    assert loss.steps[-1] == 100
    mean = sum(count * value for count, (value,) in zip(loss.counts, loss.values, strict=True))
    assert mean == pytest.approx(sum(1 / step for step in range(1, 101)))
    if points < 100:
        assert loss.low is not None
        assert loss.high is not None
        assert (loss.low[-1], loss.high[0]) == ([1 / 100], [1.0])
