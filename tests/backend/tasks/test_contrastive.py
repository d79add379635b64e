"""Contrast: two towers trained and used through their task."""

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from neurarium.dataset import InputTarget
from neurarium.tasks.contrastive import Contrastive
from neurarium.training.losses.cross_entropy import CrossEntropy
from neurarium_models.inspect import inspect
from neurarium_models.network import build_network
from tests.models.proofs.test_towers import LENGTH, TOWERS, WORDS

LOSS = CrossEntropy()
PAIRS = 6


def vectors(*leading: int) -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(0)
    drawn = torch.randn(2, *leading, PAIRS, 4, generator=generator, dtype=torch.float64)
    return dict(zip(("image", "text"), F.normalize(drawn, dim=-1), strict=True))


def symmetric(outputs: dict[str, Tensor], temperature: float) -> Tensor:
    """The published loss: the mean of two cross-entropies, over rows and over columns."""
    logits = outputs["image"] @ outputs["text"].T / temperature
    right = torch.arange(PAIRS)
    return (F.cross_entropy(logits, right) + F.cross_entropy(logits.T, right)) / 2


@pytest.mark.parametrize("temperature", [0.07, 1.0])
def test_the_loss_is_the_published_one(temperature: float) -> None:
    outputs = {name: value.requires_grad_() for name, value in vectors().items()}
    losses = Contrastive(temperature=temperature).losses(outputs, {}, LOSS.per_example)
    assert {name: value.shape for name, value in losses.items()} == {
        "image_to_text": (PAIRS,),
        "text_to_image": (PAIRS,),
    }
    ours = torch.stack(list(losses.values())).sum(0).mean()
    plain = symmetric(outputs, temperature)
    torch.testing.assert_close(ours, plain, rtol=1e-10, atol=1e-10)
    places = list(outputs.values())
    torch.testing.assert_close(
        torch.autograd.grad(ours, places),
        torch.autograd.grad(plain, places),
        rtol=1e-10,
        atol=1e-10,
    )


def test_replicas_are_compared_with_themselves_alone() -> None:
    task, outputs = Contrastive(), vectors(3)
    together = task.losses(outputs, {}, LOSS.per_example)
    quality = task.metrics(outputs, {})
    for replica in range(3):
        alone = {name: value[replica] for name, value in outputs.items()}
        for name, values in task.losses(alone, {}, LOSS.per_example).items():
            torch.testing.assert_close(together[name][replica], values)
        for name, values in task.metrics(alone, {}).items():
            assert torch.equal(quality[name][replica], values)


def test_the_way_there_and_the_way_back_are_measured_apart() -> None:
    image, text = torch.eye(3), torch.tensor([[2.0, 0, 0], [0.5, 1, 0], [0, 0, 1]])
    outputs = {"image": image, "text": text}
    quality = Contrastive().metrics(outputs, {})
    assert quality["accuracy"].tolist() == [1, 1, 1]
    assert quality["text_to_image"].tolist() == [1, 1, 1]
    outputs["text"] = torch.tensor([[2.0, 0, 0], [3, 1, 0], [0, 0, 1]])
    quality = Contrastive().metrics(outputs, {})
    assert quality["accuracy"].tolist() == [0, 1, 1]
    assert quality["text_to_image"].tolist() == [1, 0, 1]


def test_two_towers_learn_which_halves_belong_together() -> None:
    towers = build_network(TOWERS, seed=0)
    generator = torch.Generator().manual_seed(1)
    data = {
        "image": torch.randn(PAIRS, 3, 16, 16, generator=generator),
        "text": torch.randint(WORDS, (PAIRS, LENGTH), generator=generator),
        "text_mask": torch.arange(LENGTH) < torch.tensor([5, 4, 3, 5, 4, 3])[:, None],
    }
    task = Contrastive()
    outputs = {name: spec for name, spec in inspect(TOWERS).outputs.items() if spec is not None}
    task.check(outputs, InputTarget(), "CrossEntropy")
    stepper = torch.optim.Adam(towers.parameters(), lr=0.02)
    for _ in range(120):
        stepper.zero_grad()
        losses = task.losses(towers(data), data, LOSS.per_example)
        torch.stack(list(losses.values())).sum(0).mean().backward()
        stepper.step()
    (found,) = task.generate(towers, data, LOSS.probabilities, seed=0)
    assert found["answer"].tolist() == list(range(PAIRS))
    assert found["probability"].diagonal().min() > 0.9
