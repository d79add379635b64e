"""An encoder-decoder with attention: a second input with padding is read by every block of the decoder."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from neurarium_models.graph import Graph
from neurarium_models.inspect import inspect
from neurarium_models.network import build_network
from tests.models.proofs.twins import assert_twins
from tests.models.samples import block, node

WORDS, WIDTH, HEADS, SOURCES, TARGETS = 12, 8, 4, 7, 5

ENCODER = [
    node("attention", "MultiheadAttention", "x", "x", "x", "padding", num_heads=HEADS),
    node("add1", "Add", "x", "attention"),
    node("norm1", "LayerNorm", "add1"),
    node("wide", "Linear", "norm1", out_features=2 * WIDTH),
    node("relu", "ReLU", "wide"),
    node("narrow", "Linear", "relu", out_features=WIDTH),
    node("add2", "Add", "norm1", "narrow"),
    node("norm2", "LayerNorm", "add2"),
]
DECODER = [
    node("self", "MultiheadAttention", "x", "x", "x", num_heads=HEADS, causal=True),
    node("add1", "Add", "x", "self"),
    node("norm1", "LayerNorm", "add1"),
    {
        "id": "cross",
        "layer": {"kind": "MultiheadAttention", "num_heads": HEADS},
        "inputs": {
            "key_padding_mask": "padding",
            "query": "norm1",
            "key": "memory",
            "value": "memory",
        },
    },
    node("add2", "Add", "norm1", "cross"),
    node("norm2", "LayerNorm", "add2"),
]
TRANSLATOR = Graph.model_validate(
    {
        "inputs": {
            "source": {"axes": ["S"], "shape": [SOURCES], "dtype": "int64"},
            "source_mask": {"axes": ["S"], "shape": [SOURCES], "dtype": "bool"},
            "target": {"axes": ["T"], "shape": [TARGETS], "dtype": "int64"},
        },
        "nodes": [
            node("padding", "Not", "source_mask"),
            node("source_words", "Embedding", "source", num_embeddings=WORDS, embedding_dim=WIDTH),
            node("source_places", "SinusoidalPositions", "source_words"),
            block(
                "encoder",
                ENCODER,
                inputs={"x": "source_places", "padding": "padding"},
                outputs={"x": "norm2"},
                repeat=2,
            ),
            node("target_words", "Embedding", "target", num_embeddings=WORDS, embedding_dim=WIDTH),
            node("target_places", "SinusoidalPositions", "target_words"),
            block(
                "decoder",
                DECODER,
                inputs={"x": "target_places", "memory": "encoder", "padding": "padding"},
                outputs={"x": "norm2"},
                repeat=2,
            ),
            node("head", "Linear", "decoder", out_features=WORDS),
        ],
        "outputs": {"logits": "head"},
        "tied": [["source_words.weight", "target_words.weight", "head.weight"]],
    }
)


def positions(x: Tensor) -> Tensor:
    """Vaswani et al. 2017, section 3.5, one frequency at a time."""
    pattern = torch.zeros_like(x[0])
    t = torch.arange(x.shape[1], dtype=x.dtype)
    for i in range(0, WIDTH, 2):
        pattern[:, i] = torch.sin(t / 10_000 ** (i / WIDTH))
        pattern[:, i + 1] = torch.cos(t / 10_000 ** (i / WIDTH))
    return x + pattern


class PlainEncoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(WIDTH, HEADS, batch_first=True)
        self.norm1, self.norm2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.wide, self.narrow = nn.Linear(WIDTH, 2 * WIDTH), nn.Linear(2 * WIDTH, WIDTH)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        x = self.norm1(x + self.attention(x, x, x, key_padding_mask=~mask)[0])
        result: Tensor = self.norm2(x + self.narrow(self.wide(x).relu()))
        return result


class PlainDecoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.add_module("self", nn.MultiheadAttention(WIDTH, HEADS, batch_first=True))
        self.cross = nn.MultiheadAttention(WIDTH, HEADS, batch_first=True)
        self.norm1, self.norm2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)

    def forward(self, x: Tensor, memory: Tensor, mask: Tensor) -> Tensor:
        future = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool).triu(1)
        x = self.norm1(x + self.get_submodule("self")(x, x, x, attn_mask=future)[0])
        result: Tensor = self.norm2(x + self.cross(x, memory, memory, key_padding_mask=~mask)[0])
        return result


class PlainTranslator(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.source_words = nn.Embedding(WORDS, WIDTH)
        self.target_words = nn.Embedding(WORDS, WIDTH)
        self.head = nn.Linear(WIDTH, WORDS)
        self.target_words.weight = self.head.weight = self.source_words.weight
        self.encoder = nn.ModuleList(PlainEncoder() for _ in range(2))
        self.decoder = nn.ModuleList(PlainDecoder() for _ in range(2))

    def forward(self, source: Tensor, source_mask: Tensor, target: Tensor) -> dict[str, Tensor]:
        memory = positions(self.source_words(source))
        for inner in self.encoder:
            memory = inner(memory, source_mask)
        x = positions(self.target_words(target))
        for inner in self.decoder:
            x = inner(x, memory, source_mask)
        return {"logits": self.head(x)}


def batch() -> tuple[dict[str, Tensor], Tensor]:
    generator = torch.Generator().manual_seed(5)
    target = torch.randint(WORDS, (3, TARGETS + 1), generator=generator)
    lengths = torch.tensor([SOURCES, 4, 1])
    inputs = {
        "source": torch.randint(WORDS, (3, SOURCES), generator=generator),
        "source_mask": torch.arange(SOURCES) < lengths[:, None],
        "target": target[:, :-1],
    }
    return inputs, target[:, 1:]


def test_equals_plain_torch_for_one_step() -> None:
    inputs, wanted = batch()
    assert_twins(
        build_network(TRANSLATOR, seed=2),
        PlainTranslator(),
        inputs,
        lambda outputs: F.cross_entropy(outputs["logits"].transpose(1, 2), wanted),
    )


def test_padding_changes_nothing() -> None:
    network = build_network(TRANSLATOR, seed=2)
    inputs, _ = batch()
    other = inputs | {"source": torch.where(inputs["source_mask"], inputs["source"], WORDS - 1)}
    assert not torch.equal(inputs["source"], other["source"])
    torch.testing.assert_close(network(inputs), network(other))


def test_is_counted_exactly() -> None:
    answer = inspect(TRANSLATOR)
    attention, norm = 4 * WIDTH**2 + 4 * WIDTH, 2 * WIDTH
    encoder = attention + 2 * norm + 4 * WIDTH**2 + 3 * WIDTH
    decoder = 2 * attention + 2 * norm
    assert answer.problems == []
    assert answer.parameters == WORDS * WIDTH + WORDS + 2 * (encoder + decoder)
    assert answer.parameters == sum(p.numel() for p in PlainTranslator().parameters())
    spec = answer.outputs["logits"]
    assert spec is not None
    assert (spec.axes, spec.shape) == (("T", "D"), (TARGETS, WORDS))
