"""A decoder-only Transformer: tokens, learned positions, repeated blocks of causal attention and MLP, tied head."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from neurarium_models.graph import Graph
from neurarium_models.inspect import inspect
from neurarium_models.network import build_network
from tests.models.proofs.twins import assert_twins
from tests.models.samples import block, node

WORDS, WIDTH, HEADS, PLACES, LENGTH = 11, 8, 2, 9, 6

BLOCK = [
    node("norm1", "LayerNorm", "x"),
    node(
        "attention", "MultiheadAttention", "norm1", "norm1", "norm1", num_heads=HEADS, causal=True
    ),
    node("add1", "Add", "x", "attention"),
    node("norm2", "LayerNorm", "add1"),
    node("wide", "Linear", "norm2", out_features=4 * WIDTH),
    node("gelu", "GELU", "wide"),
    node("narrow", "Linear", "gelu", out_features=WIDTH),
    node("add2", "Add", "add1", "narrow"),
]


def transformer(depth: int, words: int = WORDS, length: int = LENGTH) -> Graph:
    return Graph.model_validate(
        {
            "inputs": {"tokens": {"axes": ["T"], "shape": [length], "dtype": "int64"}},
            "nodes": [
                node("embedding", "Embedding", "tokens", num_embeddings=words, embedding_dim=WIDTH),
                node(
                    "positions",
                    "PositionalEmbedding",
                    "embedding",
                    num_embeddings=max(PLACES, length),
                ),
                block(
                    "blocks", BLOCK, inputs={"x": "positions"}, outputs={"x": "add2"}, repeat=depth
                ),
                node("norm", "LayerNorm", "blocks"),
                node("head", "Linear", "norm", out_features=words, bias=False),
            ],
            "outputs": {"logits": "head"},
            "tied": [["embedding.weight", "head.weight"]],
        }
    )


class PlainBlock(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(WIDTH)
        self.attention = nn.MultiheadAttention(WIDTH, HEADS, batch_first=True)
        self.norm2 = nn.LayerNorm(WIDTH)
        self.wide = nn.Linear(WIDTH, 4 * WIDTH)
        self.narrow = nn.Linear(4 * WIDTH, WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        places = x.shape[1]
        future = torch.ones(places, places, dtype=torch.bool).triu(1)
        y = self.norm1(x)
        x = x + self.attention(y, y, y, attn_mask=future, need_weights=False)[0]
        changed: Tensor = x + self.narrow(F.gelu(self.wide(self.norm2(x))))
        return changed


class PlainTransformer(nn.Module):
    def __init__(self, depth: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(WORDS, WIDTH)
        self.positions = nn.Embedding(PLACES, WIDTH)
        self.blocks = nn.ModuleList(PlainBlock() for _ in range(depth))
        self.norm = nn.LayerNorm(WIDTH)
        self.head = nn.Linear(WIDTH, WORDS, bias=False)
        self.head.weight = self.embedding.weight

    def forward(self, tokens: Tensor) -> dict[str, Tensor]:
        x = self.embedding(tokens) + self.positions(torch.arange(tokens.shape[1]))
        for inner in self.blocks:
            x = inner(x)
        return {"logits": self.head(self.norm(x))}


@pytest.mark.parametrize("depth", [1, 3])
def test_equals_plain_torch_for_one_step(depth: int) -> None:
    generator = torch.Generator().manual_seed(3)
    tokens = torch.randint(WORDS, (4, LENGTH + 1), generator=generator)
    assert_twins(
        build_network(transformer(depth), seed=1),
        PlainTransformer(depth),
        {"tokens": tokens[:, :-1]},
        lambda outputs: F.cross_entropy(outputs["logits"].transpose(1, 2), tokens[:, 1:]),
    )


def test_no_place_sees_later_ones() -> None:
    network = build_network(transformer(2), seed=1)
    tokens = torch.tensor([[1, 2, 3, 4, 5, 6]])
    other = tokens.clone()
    other[0, 4] = 9
    before, after = (network({"tokens": t})["logits"][0] for t in (tokens, other))
    assert torch.equal(before[:4], after[:4])
    assert not torch.equal(before[4:], after[4:])


def test_takes_other_lengths_than_the_one_it_was_described_with() -> None:
    network = build_network(transformer(2), seed=1)
    assert network({"tokens": torch.zeros(2, PLACES, dtype=torch.int64)})["logits"].shape == (
        2,
        PLACES,
        WORDS,
    )


def test_is_counted_exactly() -> None:
    depth, words, length = 1000, 50_000, 1024
    answer = inspect(transformer(depth, words, length))
    block = 4 * WIDTH**2 + 4 * WIDTH + 8 * WIDTH**2 + 5 * WIDTH + 4 * WIDTH
    assert answer.problems == []
    assert answer.parameters == words * WIDTH + length * WIDTH + depth * block + 2 * WIDTH
    products = 12 * WIDTH**2 * length + 2 * length * length * WIDTH
    assert answer.flops == 2 * (depth * products + length * WIDTH * words)
    assert answer.layers == 4 + depth * len(BLOCK)
    spec = answer.outputs["logits"]
    assert spec is not None
    assert (spec.axes, spec.shape) == (("T", "D"), (length, words))
