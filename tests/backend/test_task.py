"""One contract for the whole shelf of tasks."""

import json

import pytest
import torch
from pydantic import TypeAdapter

from neurarium.dataset import ClassTarget, InputTarget, RealTarget, Target
from neurarium.task import Task, TaskError, alternatives
from neurarium.tasks import TASKS, AnyTask
from neurarium.training.losses import LOSSES
from neurarium_models.tensor import TensorSpec, features

ADAPTER: TypeAdapter[Task] = TypeAdapter(AnyTask)
TWO = ClassTarget(names=("−1", "+1"))
FOUR = ClassTarget(names=("1", "2", "3", "4"))
PLACES = features(5, 7, axes="TD")

FITTING: list[tuple[str, dict[str, TensorSpec], Target]] = [
    ("Classification", {"y": features(1)}, TWO),
    ("Classification", {"y": features(2)}, TWO),
    ("Classification", {"any_name": features(4)}, FOUR),
    ("Regression", {"y": features(1)}, RealTarget()),
    ("Regression", {"y": features(3)}, RealTarget(width=3)),
    ("NextToken", {"logits": PLACES}, InputTarget()),
    ("Translation", {"logits": PLACES}, InputTarget()),
    ("Captioning", {"logits": PLACES}, InputTarget()),
    ("Contrastive", {"image": features(4), "text": features(4)}, InputTarget()),
]
MISFITS: list[tuple[str, dict[str, TensorSpec], Target, str, str]] = [
    (
        "Classification", {"y": features(3)}, TWO, "CrossEntropy",
        "The network has 3 outputs, but the data have 2 classes: use 1 or 2.",
    ),
    (
        "Classification", {"y": features(1)}, FOUR, "CrossEntropy",
        "The network has 1 output, but the data have 4 classes: use 4.",
    ),
    (
        "Classification", {"y": features(8, 8, axes="HW")}, TWO, "CrossEntropy",
        "The network has an output of 8×8 numbers, but the data have 2 classes: use 1 or 2.",
    ),
    (
        "Classification", {"y": features(1), "z": features(2)}, TWO, "CrossEntropy",
        "The task classification reads one output, but the network has 2: y, z.",
    ),
    (
        "Classification", {"y": features(1)}, RealTarget(), "CrossEntropy",
        "These data have no classes to tell apart. Choose regression, or data with classes.",
    ),
    (
        "Regression", {"y": features(2)}, RealTarget(), "SquaredError",
        "The network has 2 outputs, but the data ask for 1 number: use 1.",
    ),
    (
        "Regression", {"y": features(1)}, RealTarget(), "Hinge",
        "The loss Hinge does not fit the task regression: use SquaredError.",
    ),
    (
        "Regression", {"y": features(1)}, TWO, "SquaredError",
        "These data have no numbers to be met. Choose classification, or data with numbers.",
    ),
    (
        "NextToken", {"y": features(3)}, InputTarget(), "CrossEntropy",
        "The task next token needs a number for each token at each place, but the network's output is 3.",
    ),
    (
        "Translation", {"y": PLACES}, TWO, "CrossEntropy",
        "The task translation learns from sequences of tokens; these data have targets of their own.",
    ),
    (
        "Captioning", {"y": features(3)}, InputTarget(), "CrossEntropy",
        "The task captioning needs a number for each token at each place, but the network's output is 3.",
    ),
    (
        "Contrastive", {"image": features(4)}, InputTarget(), "CrossEntropy",
        "Contrast needs an output `text`, but the network has: image.",
    ),
    (
        "Contrastive", {"image": features(4), "text": features(3)}, InputTarget(), "CrossEntropy",
        "Contrast compares two vectors of equal length, but `image` is 4 and `text` is 3.",
    ),
    (
        "Contrastive", {"image": features(4), "text": features(4)}, TWO, "CrossEntropy",
        "Contrast learns from pairs; these data have targets of their own.",
    ),
]  # fmt: skip


def make(kind: str, **settings: object) -> Task:
    return ADAPTER.validate_python({"kind": kind, **settings})


@pytest.mark.parametrize("kind", TASKS)
def test_an_entry_is_explained(kind: str) -> None:
    task = TASKS[kind]
    assert task.__doc__
    assert len(task.__doc__.split()) >= 10
    assert task.title
    assert kind == task.__name__
    assert set(task.losses_offered) <= set(LOSSES)
    for name, field in task.model_fields.items():
        assert field.description or name == "kind", name
    assert ADAPTER.validate_json(json.dumps(make(kind).model_dump(mode="json"))) == make(kind)


@pytest.mark.parametrize(("kind", "outputs", "target"), FITTING)
def test_what_fits_is_taken_with_every_loss_on_offer(
    kind: str, outputs: dict[str, TensorSpec], target: Target
) -> None:
    for loss in TASKS[kind].losses_offered or LOSSES:
        make(kind).check(outputs, target, loss)


@pytest.mark.parametrize(("kind", "outputs", "target", "loss", "sentence"), MISFITS)
def test_what_does_not_fit_is_refused_in_a_sentence_with_numbers(
    kind: str, outputs: dict[str, TensorSpec], target: Target, loss: str, sentence: str
) -> None:
    with pytest.raises(TaskError) as refusal:
        make(kind).check(outputs, target, loss)
    assert str(refusal.value) == sentence


def test_every_task_is_tried() -> None:
    assert {kind for kind, *_ in FITTING} == {kind for kind, *_ in MISFITS} == set(TASKS)


def test_a_task_with_one_answer_generates_that_alone() -> None:
    from neurarium_models.network import build_network
    from tests.models.samples import graph, node

    network = build_network(graph([node("output", "Linear", "x", out_features=1)]))
    task, loss = make("Classification"), LOSSES["CrossEntropy"].model_validate({})
    batch = {"x": torch.randn(3, 2, generator=torch.Generator().manual_seed(0))}
    (answer,) = task.generate(network, batch, loss.probabilities, seed=0)
    expected = task.decode(network(batch), loss.probabilities)
    assert all(torch.equal(answer[name], expected[name]) for name in expected)


def test_choices_are_written_as_people_do() -> None:
    assert alternatives(("a",)) == "a"
    assert alternatives(("a", "b")) == "a or b"
    assert alternatives(("a", "b", "c")) == "a, b or c"
