"""Two jobs are told apart by the words in which they differ, and by those alone."""

from typing import Any

import pytest

from neurarium.plane import PointEdit
from neurarium.training.command import Change, EditPoint, Effect
from neurarium.training.difference import dated, difference
from neurarium.training.job import Job, merge
from tests.backend.sessions.house import job, preset


def changed(**changes: Any) -> Job:
    dotted = {name.replace("__", "."): value for name, value in changes.items()}
    return Job.model_validate(merge(job().model_dump(mode="json"), dotted))


def words(one: Job, other: Job) -> list[tuple[str, Any, Any]]:
    return [(each.key, each.before, each.after) for each in difference(one, other)]


def test_equal_jobs_differ_in_nothing_and_a_title_is_no_difference() -> None:
    assert words(job(), job()) == []
    assert words(job(), changed(title="Another name")) == []


@pytest.mark.parametrize(
    ("changes", "key", "after"),
    [
        ({"optimizer__lr": 0.7}, "optimizer.lr", 0.7),
        ({"batch__size": 64}, "batch.size", 64),
        ({"seed": 99}, "seed", 99),
        ({"dataset__noise": 0.3}, "dataset.noise", 0.3),
        ({"loss": {"kind": "CrossEntropy"}}, "loss.kind", "CrossEntropy"),
    ],
)
def test_one_changed_word_is_one_difference(changes: dict[str, Any], key: str, after: Any) -> None:
    ((found, before, now),) = words(job(), changed(**changes))
    assert (found, now) == (key, after)
    assert before != after
    assert words(changed(**changes), job()) == [(key, after, before)]


def test_another_kind_is_compared_by_what_both_know() -> None:
    one, other = job(), changed(optimizer={"kind": "Adam", "lr": 0.01})
    found = words(one, other)
    assert ("optimizer.kind", one.optimizer.kind, "Adam") in found
    assert ("optimizer.lr", one.optimizer.lr, 0.01) in found
    assert not [key for key, _, _ in found if "beta" in key]


def test_networks_are_compared_node_by_node() -> None:
    document = job().model_dump(mode="json")
    wider = {**document["graph"], "nodes": [dict(node) for node in document["graph"]["nodes"]]}
    wider["nodes"][0] = {
        **wider["nodes"][0],
        "layer": {**wider["nodes"][0]["layer"], "out_features": 9},
    }
    first = wider["nodes"][0]["id"]
    one = job()
    ((key, before, after),) = words(one, changed(graph=wider))
    assert (key, after) == (f"graph.{first}.out_features", 9)
    assert isinstance(before, int)
    missing = {key for key, _, after in words(one, preset("perceptron-and")) if after is None}
    assert f"graph.{first}" in missing


def test_edited_points_are_told_by_their_number() -> None:
    edits = [{"id": 5000 + i, "x1": 0, "x2": 0, "label": 1} for i in range(3)]
    assert words(job(), changed(dataset__edits=edits)) == [("dataset.edits", [], 3)]


def test_every_change_is_dated_by_the_last_command_that_made_it() -> None:
    def effect(step: int, changes: dict[str, Any]) -> Effect:
        command = Change(changes=changes)
        return Effect(step=step, command=command, undo=command, message="effect.lr")

    point = EditPoint(point=PointEdit(id=1, x1=0, x2=0, label=1))
    journal = [
        effect(10, {"optimizer.lr": 0.2}),
        effect(40, {"optimizer": {"lr": 0.7}}),
        Effect(step=50, command=point, undo=point, message="effect.point_moved"),
    ]
    other = changed(optimizer__lr=0.7, seed=4, dataset__edits=[point.point.model_dump()])
    steps = {each.key: each.step for each in dated(difference(job(), other), journal)}
    assert steps == {"optimizer.lr": 40, "dataset.edits": 50, "seed": None}
