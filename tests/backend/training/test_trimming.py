"""Batches are as long as their longest sentence, and nothing but time is saved by that."""

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from neurarium.training.engine.plain import Plain
from neurarium.training.evaluation import Evaluation
from neurarium.training.run import Run
from neurarium.training.trimming import adapts, lengths, trimmed
from neurarium_models.graph import Graph
from neurarium_models.network import Network, build_network
from tests.backend.training import sentences
from tests.backend.training.jobs import linear
from tests.models.samples import node

WIDE, MASKS = 6, ("source_mask",)
READER = build_network(sentences.reader()).double()
Masks = st.lists(st.lists(st.booleans(), min_size=WIDE, max_size=WIDE), min_size=1, max_size=4)


def sentence_network(*nodes: dict[str, Any], dtype: str = "int64", wide: int = 0) -> Network:
    """A network that reads `source`: tokens, or as many numbers at each place."""
    axes, shape = (["T", "D"], [WIDE, wide]) if wide else (["T"], [WIDE])
    document = {
        "inputs": {
            "source": {"axes": axes, "shape": shape, "dtype": dtype},
            "source_mask": {"axes": ["T"], "shape": [WIDE], "dtype": "bool"},
        },
        "nodes": list(nodes),
        "outputs": {"y": nodes[-1]["id"]},
    }
    return build_network(Graph.model_validate(document))


EMBED = node("words", "Embedding", "source", num_embeddings=9, embedding_dim=4)
ANY_LENGTH = sentence_network(EMBED, linear("y", 3, "words"))


@given(Masks)
def test_what_is_cut_holds_nowhere_and_what_is_kept_ends_where_it_holds(
    rows: list[list[bool]],
) -> None:
    mask = torch.tensor(rows)
    batch = {"source": torch.arange(mask.numel()).view_as(mask), "source_mask": mask}
    batch["y"] = torch.zeros(len(rows), WIDE)
    cut = trimmed(batch, ANY_LENGTH)
    length = cut["source"].shape[1]
    assert cut["source_mask"].shape == cut["source"].shape
    assert torch.equal(cut["source"], batch["source"][:, :length])
    assert not mask[:, length:].any()
    assert length == 1 or mask[:, length - 1].any()
    assert cut["y"] is batch["y"]
    found = lengths({name: value.numpy() for name, value in batch.items()})
    assert found is not None
    assert max(1, *found.tolist()) == length
    assert found.tolist() == [
        max([i + 1 for i, each in enumerate(r) if each], default=0) for r in rows
    ]


def cost(batch: dict[str, Tensor], network: Network) -> list[Tensor]:
    """Losses and gradients of a job's own step."""
    engine = Plain(network, sentences.job(precision="float64"))
    outcome = engine.backward(batch, 0)
    return [outcome.losses, *(gradient.clone() for gradient in engine.gradients().values())]


@given(st.lists(st.integers(0, 79), min_size=1, max_size=6))
def test_padding_never_counts(chosen: list[int]) -> None:
    """Cut or not, a step is the same: neither losses nor gradients know of padding."""
    arrays = sentences.DATA.draw(3).train.arrays
    batch = {name: torch.from_numpy(array[chosen]) for name, array in arrays.items()}
    cut = trimmed(batch, READER)
    assert cut["target"].shape[1] == int(batch["target_mask"].sum(1).max())
    for ours, theirs in zip(cost(cut, READER), cost(batch, READER), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-12)


def test_padding_would_count_for_a_network_that_does_not_know_of_it() -> None:
    """The negative control."""
    graph = sentences.reader()
    nodes = [each for each in graph.model_dump()["nodes"] if each["id"] != "padding"]
    next(each for each in nodes if each["id"] == "attention")["inputs"].pop("key_padding_mask")
    blind = build_network(Graph.model_validate(graph.model_dump() | {"nodes": nodes})).double()
    arrays = sentences.DATA.draw(3).train.arrays
    shortest = int(arrays["source_mask"].sum(1).argmin())
    batch = {name: torch.from_numpy(array[[shortest]]) for name, array in arrays.items()}
    assert not torch.allclose(cost(trimmed(batch, blind), blind)[0], cost(batch, blind)[0])


@pytest.mark.parametrize(
    ("network", "answer"),
    [
        (ANY_LENGTH, True),
        (sentence_network(EMBED, node("y", "PositionalEmbedding", "words", num_embeddings=8)), True),
        (sentence_network(EMBED, node("y", "Select", "words", axis="T", index=-1)), True),
        (sentence_network(EMBED, node("flat", "Flatten", "words"), linear("y", 3, "flat")), False),
        (sentence_network(EMBED, node("y", "Reshape", "words", shape=[3, 8])), False),
        (sentence_network(EMBED, node("t", "Permute", "words", axes=["D", "T"]), linear("y", 2, "t")), False),
        (sentence_network(linear("y", 2, "source"), dtype="float32", wide=3), True),
    ],
    ids=["embedding", "positions", "last", "flat", "reshaped", "turned", "numbers"],
)  # fmt: skip
def test_a_network_adapts_unless_a_layer_is_made_for_one_length(
    network: Network, answer: bool
) -> None:
    assert adapts(network, MASKS) is answer
    spec = network.graph.inputs["source"]
    source = torch.ones(2, *spec.shape, dtype=getattr(torch, spec.dtype))
    mask = torch.tensor([[True] * 4 + [False] * 2] * 2)
    batch = {"source": source, "source_mask": mask}
    cut = trimmed(batch, network)
    assert cut["source"].shape[1] == (4 if answer else WIDE)
    network(cut)


def test_sequences_that_must_be_equally_long_are_not_cut() -> None:
    specs = {
        name: {"axes": ["T"], "shape": [WIDE], "dtype": dtype}
        for name, dtype in (("a", "int64"), ("b", "int64"), ("a_mask", "bool"), ("b_mask", "bool"))
    }
    nodes = [node(f"e{x}", "Embedding", x, num_embeddings=9, embedding_dim=4) for x in "ab"]
    nodes.append(node("y", "Add", "ea", "eb"))
    graph = Graph.model_validate({"inputs": specs, "nodes": nodes, "outputs": {"y": "y"}})
    assert not adapts(build_network(graph), ("a_mask", "b_mask"))


def test_whole_sets_are_judged_as_though_nothing_were_cut() -> None:
    run = Run(sentences.job(precision="float64"), "cpu")
    told = run.evaluate()
    for part, split in (("train", run.examples.train), ("validation", run.examples.validation)):
        batch = run.inputs(split.arrays)
        outputs = run.network(batch)
        loss = run.job.task.losses(outputs, batch, run.job.loss.per_example)["loss"]
        quality = run.job.task.metrics(outputs, batch)
        assert told[f"{part}_loss"] == pytest.approx(loss.mean().item(), rel=1e-9)
        for name, values in quality.items():
            assert told[f"{part}_{name}"] == pytest.approx(values.mean().item(), rel=1e-9)


def test_examples_of_a_whole_set_go_through_the_network_by_length() -> None:
    run = Run(sentences.job(), "cpu")
    found = lengths({name: value.numpy() for name, value in run.evaluation.tensors.items()})
    assert found is not None
    train, rest = found[: run.evaluation.train], found[run.evaluation.train :]
    assert (np.diff(train) >= 0).all()
    assert (np.diff(rest) >= 0).all()
    assert isinstance(run.evaluation, Evaluation)


def test_a_step_computes_no_place_that_is_padding_everywhere() -> None:
    run = Run(sentences.job(batch={"size": 2}), "cpu")
    seen: list[tuple[int, int]] = []
    run.network.get_submodule("logits").register_forward_hook(
        lambda _, given, __: seen.append(tuple(given[0].shape[:2]))
    )
    for _ in range(20):
        batch = run.stream.peek(2)
        run.take()
        assert seen[-1] == (2, int(batch.tensors["target_mask"].sum(1).max()))
    assert len({length for _, length in seen}) > 3
