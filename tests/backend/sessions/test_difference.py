"""Two jobs differ in the keys that were set otherwise, and in nothing else."""

from neurarium.sessions.difference import Difference, difference
from neurarium.training.job import Job
from tests.backend.training.jobs import make_job, mlp


def changed(**changes: object) -> Job:
    return make_job(**changes)


def test_the_keys_are_those_that_were_set() -> None:
    found = difference(make_job(), changed(**{"optimizer.lr": 0.3, "batch.size": 8}))
    assert found == [Difference("optimizer.lr", 0.1, 0.3), Difference("batch.size", 16, 8)]
    assert difference(make_job(), make_job()) == []


def test_a_name_is_no_difference_and_a_network_is_one() -> None:
    assert difference(make_job(title="a"), make_job(title="b")) == []
    assert difference(make_job(), make_job(graph=mlp(kind="ReLU"))) == [
        Difference("graph", None, None)
    ]


def test_another_kind_brings_its_own_settings() -> None:
    found = difference(make_job(), make_job(optimizer={"kind": "Adam", "lr": 0.1}))
    keys = {one.key: (one.before, one.after) for one in found}
    assert keys["optimizer.kind"] == ("SGD", "Adam")
    assert keys["optimizer.momentum"][1] is None
    assert "optimizer.lr" not in keys
