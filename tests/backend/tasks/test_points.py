"""Classification and regression: losses, quality and answers, with and without replicas."""

import pytest
import torch
from torch import Tensor

from neurarium.tasks.classification import Classification
from neurarium.tasks.regression import Regression
from neurarium.training.losses.cross_entropy import CrossEntropy
from neurarium.training.losses.squared_error import SquaredError

TASK, LOSS = Classification(), CrossEntropy()


def test_one_unit_answers_by_its_sign_and_several_by_the_greatest() -> None:
    one = TASK.decode({"y": torch.tensor([[-0.1], [0.0], [2.0]])}, LOSS.probabilities)
    assert one["answer"].tolist() == [0, 1, 1]  # as a threshold unit does, 0 counts as positive
    several = TASK.decode({"y": torch.tensor([[1.0, 3.0, 2.0], [5, 0, 0]])}, LOSS.probabilities)
    assert several["answer"].tolist() == [1, 0]
    torch.testing.assert_close(one["probability"][:, 1], torch.tensor([-0.1, 0.0, 2.0]).sigmoid())
    assert several["probability"].shape == (2, 3)


def test_an_output_is_read_as_its_loss_means_it() -> None:
    """The same output of 1 is 73 % sure as a logit, and quite sure as a number that was to be 1."""
    outputs = {"y": torch.tensor([[1.0]])}
    logit = TASK.decode(outputs, CrossEntropy().probabilities)["probability"]
    number = TASK.decode(outputs, SquaredError().probabilities)["probability"]
    assert logit[0].tolist() == pytest.approx([0.2689414, 0.7310586])
    assert number[0].tolist() == [0, 1]


@pytest.mark.parametrize("replicas", [(), (3,)])
def test_accuracy_counts_right_answers(replicas: tuple[int, ...]) -> None:
    for outputs in (
        torch.tensor([[-1.0], [1.0], [1.0]]),
        torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]]),
    ):
        y = outputs.expand(*replicas, *outputs.shape)
        accuracy = TASK.metrics({"y": y}, {"y": torch.tensor([0, 1, 0])})["accuracy"]
        assert accuracy.shape == (*replicas, 3)
        assert accuracy.dtype == y.dtype
        assert (accuracy == torch.tensor([1.0, 1.0, 0.0])).all()


def test_the_loss_is_the_jobs_and_any_name_of_the_output_will_do() -> None:
    asked: list[tuple[Tensor, Tensor]] = []

    def loss(output: Tensor, target: Tensor) -> Tensor:
        asked.append((output, target))
        return target.double()

    output, target = torch.zeros(4, 1), torch.tensor([0, 1, 1, 0])
    losses = TASK.losses({"anything": output}, {"x": output, "y": target}, loss)
    assert {name: value.tolist() for name, value in losses.items()} == {"loss": [0, 1, 1, 0]}
    assert asked[0][0] is output
    assert asked[0][1] is target


@pytest.mark.parametrize("replicas", [(), (3,)])
def test_regression_measures_the_squared_error(replicas: tuple[int, ...]) -> None:
    task, loss = Regression(), SquaredError()
    y = torch.tensor([[1.0, 2.0], [0.0, 0.0]]).expand(*replicas, 2, 2)
    batch = {"y": torch.tensor([[1.0, 0.0], [3.0, 4.0]])}
    assert task.metrics({"y": y}, batch)["squared_error"].tolist() in ([4, 25], [[4, 25]] * 3)
    assert task.losses({"y": y}, batch, loss.per_example)["loss"].tolist() in (
        [2, 12.5],
        [[2, 12.5]] * 3,
    )
    assert set(answers := task.decode({"y": y}, loss.probabilities)) == {"answer"}
    assert answers["answer"] is y
