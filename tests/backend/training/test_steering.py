"""Commands change a run in mid-flight, say what they did, and can be undone; refused ones change nothing."""

from typing import Any

import numpy as np
import pytest
import torch

from neurarium.plane import PointEdit
from neurarium.training.command import AnyCommand, Change, CommandError, EditPoint, SetWeight
from neurarium.training.effect import EFFECTS
from neurarium.training.run import Run
from tests.backend.training.jobs import activation, graph, linear, make_job, take, trained

MOMENTUM = {"kind": "SGD", "lr": 0.1, "momentum": 0.9}


def edit(point: int, label: float = 1, **changes: Any) -> EditPoint:
    settings = {"id": point, "x1": 0.25, "x2": -1.5, "label": label} | changes
    return EditPoint(point=PointEdit(**settings))


def position(run: Run, point: int) -> list[float]:
    split = run.examples.train
    return [float(x) for x in split.arrays["position"][split.ids == point][0]]


CHANGES: list[tuple[dict[str, Any], str, dict[str, Any]]] = [
    ({"optimizer.lr": 0.5}, "effect.lr", {"before": 0.1, "after": 0.5}),
    ({"optimizer.momentum": 0.5}, "effect.optimizer_settings", {"optimizer": "SGD"}),
    ({"optimizer": {"kind": "Adam"}}, "effect.optimizer", {"before": "SGD", "after": "Adam"}),
    (
        {"loss": {"kind": "Hinge"}},
        "effect.loss",
        {"before": "CrossEntropy", "after": "Hinge"},
    ),
    (
        {"regulariser": {"kind": "L2", "strength": 0.25}},
        "effect.regulariser",
        {"before": "NoPenalty", "after": "L2", "strength": 0.25},
    ),
    (
        {"schedule": {"kind": "Cosine"}},
        "effect.schedule",
        {"before": "Constant", "after": "Cosine"},
    ),
    ({"batch.size": 8}, "effect.batch", {"before": 16, "after": 8}),
    ({"batch": {"policy": "full"}}, "effect.batch", {"before": 16, "after": 40}),
    ({"batch.policy": "single"}, "effect.batch", {"before": 16, "after": 1}),
    ({"steps": 500}, "effect.steps", {"before": 60, "after": 500}),
    ({"title": "mine"}, "effect.title", {"before": "", "after": "mine"}),
    ({"name": "my net"}, "effect.name", {"before": "", "after": "my net"}),
    (
        {"dataset.noise": 0.4},
        "effect.dataset",
        {"before": "Xor", "after": "Xor", "train": 40, "validation": 20},
    ),
    (
        {"dataset": {"kind": "Circles"}},
        "effect.dataset",
        {"before": "Xor", "after": "Circles", "train": 160, "validation": 80},
    ),
    (
        {"dataset.features": ["x2", "sin_x1", "x1_x2"]},
        "effect.features",
        {"kept": 1, "added": 2, "dropped": 1},
    ),
    (
        {"loss.kind": "SquaredError", "batch.size": 4},
        "effect.several",
        {"sections": "loss, batch"},
    ),
    ({"optimizer.lr": 0.1}, "effect.nothing", {}),
]


@pytest.mark.parametrize(
    ("changes", "message", "values"), CHANGES, ids=[str(next(iter(c[0]))) for c in CHANGES]
)
def test_every_setting_changes_in_mid_flight(
    changes: dict[str, Any], message: str, values: dict[str, Any]
) -> None:
    run = trained(5, optimizer=MOMENTUM)
    job = run.job
    effect = run.apply(Change(changes=changes))
    assert (effect.step, effect.message, effect.values) == (5, message, values)
    assert set(effect.values) == set(EFFECTS[message])
    take(run, 4)
    run.apply(effect.undo)
    assert run.job == job
    take(run, 4)
    assert run.step == 13


def test_a_change_leaves_weights_and_step_alone() -> None:
    run = trained(5)
    before = run.state()
    run.apply(Change(changes={"loss": {"kind": "Hinge"}, "optimizer": {"kind": "RMSprop"}}))
    after = run.state()
    assert (after.facts.step, after.facts.offset) == (before.facts.step, before.facts.offset)
    assert all(
        torch.equal(value, before.tensors[name])
        for name, value in after.tensors.items()
        if name.startswith("parameter.")
    )


def test_another_rate_keeps_the_momentum_and_another_rule_does_not() -> None:
    run = trained(5, optimizer=MOMENTUM)
    moments = run.state().tensors
    run.apply(Change(changes={"optimizer.lr": 0.001}))
    assert torch.equal(
        run.state().tensors["optimizer.hidden.weight.momentum_buffer"],
        moments["optimizer.hidden.weight.momentum_buffer"],
    )
    report = run.take()
    assert report.lr == 0.001
    run.apply(Change(changes={"optimizer": {"kind": "Adam"}}))
    assert not [name for name in run.state().tensors if name.startswith("optimizer.")]


def test_a_change_is_the_same_as_a_job_that_began_so() -> None:
    late, early = Run(make_job()), Run(make_job(optimizer=MOMENTUM, batch={"size": 8}))
    late.apply(Change(changes={"optimizer": MOMENTUM, "batch.size": 8}))
    take(late, 20)
    take(early, 20)
    assert late.state().digest() == early.state().digest()


REFUSED: list[tuple[AnyCommand, str]] = [
    (Change(changes={"graph": graph(linear("o", 1, "x"))}), "a command of its own"),
    (Change(changes={"task": {"kind": "Regression"}}), "Start a new run"),
    (Change(changes={"seed": 8}), "new seed"),
    (Change(changes={"precision": "float64"}), "new precision"),
    (Change(changes={"device": "cuda"}), "new device"),
    (Change(changes={"steps": 3}), "already taken 5 steps; it cannot be over after 3"),
    (Change(changes={"steps": 0}), "`steps`: .*greater than or equal to 1"),
    (Change(changes={"optimizer.lr": -1}), r"`optimizer\.lr`: .*greater than or equal to 0"),
    (Change(changes={"optimizer.beta": 1}), r"`optimizer\.beta`: "),
    (Change(changes={"optimizer.lr": float("nan")}), r"`optimizer\.lr`: "),
    (Change(changes={"optimizer": {"kind": "Magic"}}), "`optimizer`: "),
    (Change(changes={"optimizer": 3}), "`optimizer`: "),
    (Change(changes={"colour": "red"}), "`colour`: "),
    (Change(changes={"batch.size": 10**9}), r"`batch\.size`: "),
    (Change(changes={"dataset.features": ["x1", "x1"]}), "`dataset`: .*x1"),
    (Change(changes={"dataset": {"kind": "Surface"}}), "[Cc]lasses"),
    (Change(changes={"dataset": {"kind": "Gaussians", "classes": 5}}), "5 classes"),
    (Change(changes={"dataset": {"kind": "Glyphs"}}), "20×20"),
    (edit(5, label=7), "cannot be of class 7"),
    (edit(5, label=0.5), "cannot be of class 0.5"),
    (edit(7777, deleted=True), "no point 7777"),
    (SetWeight(parameter="nowhere.weight", index=(0,), value=1), r"`nowhere\.weight`"),
    (SetWeight(parameter="hidden.weight", index=(0, 2), value=1), r"5 × 2 numbers.*\[0, 2\]"),
    (SetWeight(parameter="hidden.weight", index=(0,), value=1), r"5 × 2 numbers"),
    (SetWeight(parameter="hidden.bias", index=(0, 0), value=1), "5 numbers"),
]


@pytest.mark.parametrize(("command", "sentence"), REFUSED, ids=[s for _, s in REFUSED])
def test_what_cannot_be_done_changes_nothing(command: AnyCommand, sentence: str) -> None:
    run = trained(5, optimizer=MOMENTUM)
    before, examples = run.state().digest(), run.examples
    with pytest.raises(CommandError, match=sentence) as refusal:
        run.apply(command)
    assert str(refusal.value).endswith(".")
    assert run.state().digest() == before
    assert run.examples is examples
    undisturbed = trained(8, optimizer=MOMENTUM)
    take(run, 3)
    assert run.state().digest() == undisturbed.state().digest()


def test_features_keep_the_weights_of_those_that_stay() -> None:
    run = trained(9, optimizer=MOMENTUM)
    before = run.state().tensors
    loss = run.evaluate()["train_loss"]
    run.apply(Change(changes={"dataset.features": ["x1_x2", "x2", "x1"]}))
    after = run.state().tensors
    for kind in ("parameter.hidden.weight", "optimizer.hidden.weight.momentum_buffer"):
        assert torch.equal(after[kind][:, [2, 1]], before[kind])
        assert not after[kind][:, 0].any()
    assert torch.equal(after["parameter.output.weight"], before["parameter.output.weight"])
    assert run.evaluate()["train_loss"] == pytest.approx(loss)
    assert run.job.graph.inputs["x"].shape == run.view().inspection.nodes[0].inputs[0].spec.shape  # type: ignore[union-attr]
    take(run, 30)
    assert run.state().tensors["parameter.hidden.weight"][:, 0].all()
    assert run.evaluate()["train_loss"] < loss / 2


def test_features_of_the_same_number_are_matched_by_name() -> None:
    run = trained(3)
    before = run.state().tensors["parameter.hidden.weight"]
    run.apply(Change(changes={"dataset.features": ["x1_squared", "x1"]}))
    after = run.state().tensors["parameter.hidden.weight"]
    assert torch.equal(after[:, 1], before[:, 0])
    assert not after[:, 0].any()


def test_only_a_network_that_begins_with_linear_layers_takes_other_features() -> None:
    bent = graph(activation("bend", "Tanh", "x"), linear("output", 1, "bend"))
    run = trained(3, graph=bent)
    digest = run.state().digest()
    with pytest.raises(CommandError, match="begins with fully connected layers"):
        run.apply(Change(changes={"dataset.features": ["x1", "x2", "x1_x2"]}))
    assert run.state().digest() == digest


def test_one_weight_is_set_and_set_back() -> None:
    run = trained(4)
    weight = run.state().tensors["parameter.hidden.weight"]
    effect = run.apply(SetWeight(parameter="hidden.weight", index=(3, 1), value=0.1))
    values = effect.values
    assert effect.message == "effect.weight"
    assert values["before"] == weight[3, 1].item()
    assert values["after"] == pytest.approx(0.1)
    changed = run.state().tensors["parameter.hidden.weight"]
    assert (changed != weight).sum() == 1
    run.apply(effect.undo)
    assert torch.equal(run.state().tensors["parameter.hidden.weight"], weight)


@pytest.mark.parametrize("fast", [True, False])
def test_a_weight_that_was_set_takes_part_in_the_next_step(fast: bool) -> None:
    run = Run(make_job(), fast=fast)
    run.apply(SetWeight(parameter="output.bias", index=(0,), value=50))
    assert run.take().loss > 10


def test_points_are_moved_added_relabelled_and_deleted() -> None:
    run = trained(5)
    first = int(run.examples.train.ids[0])
    where = position(run, first)
    moved = run.apply(edit(first, label=0))
    assert moved.message == "effect.point_moved"
    assert position(run, first) == [0.25, -1.5]
    relabelled = run.apply(edit(first, label=1))
    assert relabelled.message == "effect.point_relabelled"
    added = run.apply(edit(6000))
    assert (added.message, added.values["train"]) == ("effect.point_added", 41)
    deleted = run.apply(edit(first, deleted=True))
    assert (deleted.message, deleted.values["train"]) == ("effect.point_deleted", 40)
    assert first not in run.examples.train.ids
    take(run, 5)
    for effect in (deleted, added, relabelled, moved):
        run.apply(effect.undo)
    assert 6000 not in run.examples.train.ids
    assert position(run, first) == where
    fresh = Run(make_job()).examples.train
    for name, array in run.examples.train.arrays.items():
        assert np.array_equal(array, fresh.arrays[name])


def test_a_point_is_seen_from_the_next_epoch_on() -> None:
    run = Run(make_job(batch={"policy": "single"}))
    run.apply(edit(6000))
    seen: list[int] = []
    for _ in range(41):
        run.take(observe=True)
        assert run.observation is not None
        seen += run.observation.ids.tolist()
    assert sorted(seen) == run.examples.train.ids.tolist()


def test_held_out_points_are_no_training_points() -> None:
    run = trained(5)
    first = int(run.examples.train.ids[0])
    effect = run.apply(edit(first, held_out=True))
    assert first in run.examples.validation.ids
    assert first not in run.examples.train.ids
    run.apply(effect.undo)
    assert first in run.examples.train.ids


def test_the_last_example_stays() -> None:
    run = Run(make_job(dataset={"kind": "Logic"}))
    ids = run.examples.train.ids.tolist()
    for point in ids[:-1]:
        run.apply(edit(point, deleted=True))
    with pytest.raises(CommandError, match="no example left"):
        run.apply(edit(ids[-1], deleted=True))


def test_only_points_can_be_edited() -> None:
    flat = [{"id": "flat", "layer": {"kind": "Flatten"}, "inputs": ["x"]}, linear("o", 1, "flat")]
    pixels = {"x": {"axes": ["H", "W"], "shape": [20, 20]}}
    run = Run(make_job(graph=graph(*flat) | {"inputs": pixels}, dataset={"kind": "Glyphs"}))
    with pytest.raises(CommandError, match="made of points"):
        run.apply(edit(3))
