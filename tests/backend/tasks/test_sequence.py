"""Sequences: a decoder-only Transformer and a translator trained and used through their tasks."""

from collections.abc import Mapping

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from neurarium.saying import Telling
from neurarium.tasks.sequence import Captioning, NextToken, Translation
from neurarium.training.losses.cross_entropy import CrossEntropy
from neurarium_models.graph import Graph
from neurarium_models.network import Network, build_network
from tests.models.proofs.test_transformer import LENGTH, WORDS, transformer
from tests.models.proofs.test_translator import TRANSLATOR, batch
from tests.models.samples import node

LOSS = CrossEntropy()
PAINTING = Graph.model_validate(
    {
        "inputs": {
            "image": {"axes": ["C", "H", "W"], "shape": [1, 2, 2]},
            "target": {"axes": ["T"], "shape": [6], "dtype": "int64"},
        },
        "nodes": [
            node("flat", "Flatten", "image"),
            node("seen", "Linear", "flat", out_features=8),
            node("place", "Unsqueeze", "seen", dim=-2),
            node("words", "Embedding", "target", num_embeddings=6, embedding_dim=8),
            node("heard", "SinusoidalPositions", "words"),
            {
                "id": "attention",
                "layer": {"kind": "MultiheadAttention", "num_heads": 2},
                "inputs": {"query": "heard", "key": "place", "value": "place"},
            },
            node("add", "Add", "heard", "attention"),
            node("wide", "Linear", "add", out_features=32),
            node("relu", "ReLU", "wide"),
            node("logits", "Linear", "relu", out_features=6),
        ],
        "outputs": {"logits": "logits"},
    }
)


@pytest.fixture
def writer() -> Network:
    return build_network(transformer(1), seed=0)


@pytest.fixture
def translator() -> Network:
    return build_network(TRANSLATOR, seed=2).eval()


def counting(rows: int = 16) -> Tensor:
    """Texts that count on from any number, beginning again after the last."""
    start = torch.arange(rows)[:, None] % WORDS
    return (start + torch.arange(LENGTH)) % WORDS


def test_the_loss_is_that_of_foretelling_each_next_token(writer: Network) -> None:
    tokens = counting(4)
    outputs = writer({"tokens": tokens})
    ours = NextToken().losses(outputs, {"tokens": tokens}, LOSS.per_example)["loss"]
    plain = F.cross_entropy(
        outputs["logits"][:, :-1].transpose(1, 2), tokens[:, 1:], reduction="none"
    )
    torch.testing.assert_close(ours, plain.mean(1))


def test_places_that_are_masked_do_not_count(writer: Network) -> None:
    tokens, mask = counting(2), torch.ones(2, LENGTH, dtype=torch.bool)
    mask[0, 4:] = False
    outputs = writer({"tokens": tokens})
    task, masked = NextToken(), {"tokens": tokens, "tokens_mask": mask}

    def measured(outputs: Mapping[str, Tensor], data: dict[str, Tensor]) -> Tensor:
        loss = task.losses(outputs, data, LOSS.per_example)["loss"]
        return torch.stack([loss, task.metrics(outputs, data)["token_accuracy"]])

    short = {name: value[:, :4] for name, value in outputs.items()}
    values = measured(outputs, masked)
    torch.testing.assert_close(values[:, 0], measured(short, {"tokens": tokens[:, :4]})[:, 0])
    torch.testing.assert_close(values[:, 1], measured(outputs, {"tokens": tokens})[:, 1])
    changed = {"tokens": tokens.clone(), "tokens_mask": mask}
    changed["tokens"][0, 4:] = 0
    ours, others = (task.losses(outputs, data, LOSS.per_example) for data in (masked, changed))
    assert torch.equal(ours["loss"], others["loss"])


def test_a_text_without_any_place_that_counts_costs_nothing(writer: Network) -> None:
    data = {"tokens": counting(2), "tokens_mask": torch.zeros(2, LENGTH, dtype=torch.bool)}
    loss = NextToken().losses(writer(data), data, LOSS.per_example)["loss"]
    assert loss.tolist() == [0, 0]


def test_replicas_come_first(writer: Network) -> None:
    task, tokens = NextToken(), counting(4)
    logits = torch.stack([writer({"tokens": tokens})["logits"] * scale for scale in (1.0, 2.0)])
    together = task.losses({"y": logits}, {"tokens": tokens}, LOSS.per_example)["loss"]
    quality = task.metrics({"y": logits}, {"tokens": tokens})
    for replica in range(2):
        alone = {"y": logits[replica]}
        expected = task.losses(alone, {"tokens": tokens}, LOSS.per_example)["loss"]
        torch.testing.assert_close(together[replica], expected)
        for name, values in task.metrics(alone, {"tokens": tokens}).items():
            assert torch.equal(quality[name][replica], values)


def train(network: Network, task: NextToken | Telling, data: dict[str, Tensor]) -> None:
    stepper = torch.optim.Adam(network.parameters(), lr=0.01)
    for _ in range(200):
        stepper.zero_grad()
        task.losses(network(data), data, LOSS.per_example)["loss"].mean().backward()
        stepper.step()


def test_a_writer_learns_to_count_and_counts_on(writer: Network) -> None:
    data, task = {"tokens": counting()}, NextToken(length=4, temperature=0)
    train(writer, task, data)
    quality = task.metrics(writer(data), data)
    assert quality["accuracy"].mean() == 1
    assert quality["token_accuracy"].mean() == 1
    prompt = {"tokens": torch.tensor([[3, 4], [8, 9]])}
    steps = list(task.generate(writer, prompt, LOSS.probabilities, seed=0))
    written = torch.stack([step["answer"] for step in steps], 1)
    assert written.tolist() == [[5, 6, 7, 8], [10, 0, 1, 2]]


def test_writing_goes_on_beyond_what_the_network_can_look_back_to(writer: Network) -> None:
    steps = NextToken(length=3 * LENGTH).generate(
        writer, {"tokens": counting(2)}, LOSS.probabilities, seed=0
    )
    assert len(list(steps)) == 3 * LENGTH


def test_the_dart_falls_on_the_token_that_is_drawn(writer: Network) -> None:
    task = NextToken(length=40, temperature=1.5)
    prompt = {"tokens": counting(8)}
    first, again, other = (
        list(task.generate(writer, prompt, LOSS.probabilities, seed=seed)) for seed in (4, 4, 5)
    )
    assert all(torch.equal(a["answer"], b["answer"]) for a, b in zip(first, again, strict=True))
    assert any(not torch.equal(a["answer"], b["answer"]) for a, b in zip(first, other, strict=True))
    for step in first:
        ends = step["probability"].double().cumsum(-1)
        for row, (token, dart) in enumerate(zip(step["answer"], step["dart"], strict=True)):
            assert dart < ends[row, token] + 1e-12
            assert token == 0 or dart >= ends[row, token - 1]


def test_tokens_are_drawn_as_often_as_their_probability_says(writer: Network) -> None:
    prompt = {"tokens": torch.tensor([[1, 2, 3]]).expand(4000, 3)}
    (step,) = NextToken(length=1, temperature=3).generate(writer, prompt, LOSS.probabilities, 1)
    drawn = torch.bincount(step["answer"], minlength=WORDS) / 4000
    torch.testing.assert_close(drawn, step["probability"][0], atol=0.03, rtol=0)


def test_a_high_temperature_evens_out_and_none_takes_the_likeliest(writer: Network) -> None:
    prompt, spread = {"tokens": counting(4)}, []
    for temperature in (0.5, 1, 5):
        task = NextToken(length=1, temperature=temperature)
        (step,) = task.generate(writer, prompt, LOSS.probabilities, seed=0)
        spread.append(float(torch.special.entr(step["probability"]).sum()))
    assert spread == sorted(spread)
    (greedy,) = NextToken(length=1, temperature=0).generate(writer, prompt, LOSS.probabilities, 9)
    assert torch.equal(greedy["answer"], writer(prompt)["logits"][:, -1].argmax(-1))


def test_a_translator_is_told_the_right_words_so_far(translator: Network) -> None:
    data, _ = batch()
    outputs = translator(data)
    ours = Translation().losses(outputs, data, LOSS.per_example)["loss"]
    logits, wanted = outputs["logits"][:, :-1], data["target"][:, 1:]
    plain = F.cross_entropy(logits.transpose(1, 2), wanted, reduction="none").mean(1)
    torch.testing.assert_close(ours, plain)


def test_without_the_shift_each_place_says_the_word_that_is_read_there(
    translator: Network,
) -> None:
    data, _ = batch()
    outputs, task = translator(data), Translation(shift=False)
    ours = task.losses(outputs, data, LOSS.per_example)["loss"]
    logits, wanted = outputs["logits"][:, 1:], data["target"][:, 1:]
    plain = F.cross_entropy(logits.transpose(1, 2), wanted, reduction="none").mean(1)
    torch.testing.assert_close(ours, plain)
    right = (logits.argmax(-1) == wanted).float().mean(1)
    torch.testing.assert_close(task.metrics(outputs, data)["token_accuracy"], right)


@pytest.mark.slow
def test_who_may_copy_learns_nothing_to_say(translator: Network) -> None:
    """Told the right words, the network is right; by itself, it repeats the word that begins."""
    data, _ = batch()
    task = Translation(shift=False)
    train(translator, task, data)
    assert task.metrics(translator(data), data)["accuracy"].tolist() == [1, 1, 1]
    steps = list(task.generate(translator, data, LOSS.probabilities, seed=0))
    said = torch.stack([step["answer"] for step in steps], 1)
    assert not torch.equal(said, data["target"][:, 1:])


def test_a_caption_is_told_word_by_word_of_a_picture() -> None:
    """A network that sees one of two pictures learns to say a sentence for each, and ends it."""
    end = 2
    said = torch.tensor([[1, 3, 4, 5, end, 0], [1, 4, 3, end, 0, 0]])
    data = {
        "image": torch.stack([torch.ones(1, 2, 2), -torch.ones(1, 2, 2)]),
        "target": said,
        "target_mask": said != 0,
    }
    network, task = build_network(PAINTING, seed=0), Captioning(end=end)
    train(network, task, data)
    quality = task.metrics(network(data), data)
    assert quality["accuracy"].tolist() == [1, 1]
    steps = list(task.generate(network, data, LOSS.probabilities, seed=0))
    words = torch.stack([step["answer"] for step in steps], 1)
    assert words.tolist() == [[3, 4, 5, end], [4, 3, end, words[1, 3]]]


@pytest.mark.slow
def test_a_translator_that_is_right_word_by_word_says_just_that_by_itself(
    translator: Network,
) -> None:
    data, _ = batch()
    task = Translation()
    train(translator, task, data)
    assert task.metrics(translator(data), data)["accuracy"].tolist() == [1, 1, 1]
    asked = {**data, "target": torch.full_like(data["target"], 0)}
    asked["target"][:, 0] = data["target"][:, 0]
    steps = list(task.generate(translator, asked, LOSS.probabilities, seed=0))
    said = torch.stack([step["answer"] for step in steps], 1)
    assert torch.equal(said, data["target"][:, 1:])


def test_translating_stops_when_every_sentence_has_ended(translator: Network) -> None:
    data, _ = batch()
    everything = Translation().generate(translator, data, LOSS.probabilities, seed=0)
    words = torch.stack([step["answer"] for step in everything], 1)
    end = int(words[0, 0])
    ended = [row.index(end) if end in row else len(row) - 1 for row in words.tolist()]
    task = Translation(end=end)
    assert len(list(task.generate(translator, data, LOSS.probabilities, 0))) == max(ended) + 1
