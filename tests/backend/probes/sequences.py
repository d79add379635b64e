"""Small runs that read and say words: a Transformer of two kinds of attention, and recurrent readers."""

import functools
from typing import Any

from neurarium.training.job import Job, merge
from neurarium.training.view import View
from tests.backend.probes.runs import make_job, node, seen
from tests.models.samples import block

LONGEST, WIDTH, WORDS = 7, 16, 14
"""Digits in a row, features of a word, and words that there are: ten digits and four marks."""
HEADS = {"encoder.0.attention": 4, "decoder.0.self": 4, "decoder.0.cross": 2}


def job(graph: dict[str, Any], **changes: Any) -> Job:
    """Rows of digits to be written backwards, in float64."""
    base: dict[str, Any] = {
        "graph": graph,
        "dataset": {"kind": "DigitSequences", "longest": LONGEST, "samples": 120},
        "task": {"kind": "Translation", "end": 2},
        "loss": {"kind": "CrossEntropy"},
        "optimizer": {"kind": "Adam", "lr": 0.01},
    }
    return make_job(**merge(base, changes))


def tokens(axis: str, length: int, dtype: str = "int64") -> dict[str, Any]:
    return {"axes": [axis], "shape": [length], "dtype": dtype}


def translator(longest: int = LONGEST) -> dict[str, Any]:
    """An encoder with self-attention; a decoder with causal self-attention, and cross-attention of two heads."""
    encoder = [
        node("attention", "MultiheadAttention", "x", "x", "x", "padding", num_heads=4),
        node("add", "Add", "x", "attention"),
        node("norm", "LayerNorm", "add"),
    ]
    decoder = [
        node("self", "MultiheadAttention", "x", "x", "x", num_heads=4, causal=True),
        node("add1", "Add", "x", "self"),
        node("cross", "MultiheadAttention", "add1", "memory", "memory", "padding", num_heads=2),
        node("add2", "Add", "add1", "cross"),
        node("norm", "LayerNorm", "add2"),
    ]
    embedding = {"num_embeddings": WORDS, "embedding_dim": WIDTH}
    return {
        "inputs": {
            "source": tokens("S", longest + 1),
            "source_mask": tokens("S", longest + 1, "bool"),
            "target": tokens("T", longest + 2),
        },
        "nodes": [
            node("padding", "Not", "source_mask"),
            node("read", "Embedding", "source", **embedding),
            node("read_places", "SinusoidalPositions", "read"),
            block(
                "encoder",
                encoder,
                inputs={"x": "read_places", "padding": "padding"},
                outputs={"x": "norm"},
                repeat=1,
            ),
            node("said", "Embedding", "target", **embedding),
            node("said_places", "SinusoidalPositions", "said"),
            block(
                "decoder",
                decoder,
                inputs={"x": "said_places", "memory": "encoder", "padding": "padding"},
                outputs={"x": "norm"},
                repeat=1,
            ),
            node("head", "Linear", "decoder", out_features=WORDS),
        ],
        "outputs": {"logits": "head"},
    }


def looker(score: str = "additive") -> dict[str, Any]:
    """An encoder that reads from both ends, and a decoder with a state that looks at what it has read."""
    embedding = {"num_embeddings": WORDS, "embedding_dim": 4}
    return {
        "inputs": translator()["inputs"],
        "nodes": [
            node("padding", "Not", "source_mask"),
            node("read", "Embedding", "source", **embedding),
            node("memory", "GRU", "read", "padding", hidden_size=3, bidirectional=True),
            node("said", "Embedding", "target", **embedding),
            node("look", "AttentionGRU", "said", "memory", "padding", hidden_size=5, score=score),
            node("head", "Linear", "look", out_features=WORDS),
        ],
        "outputs": {"logits": "head"},
    }


def reader(kind: str, **settings: Any) -> Job:
    """A recurrent layer that is asked, at the end, what it saw first."""
    graph = {
        "inputs": {
            "source": tokens("S", LONGEST + 1),
            "source_mask": tokens("S", LONGEST + 1, "bool"),
        },
        "nodes": [
            node("padding", "Not", "source_mask"),
            node("words", "Embedding", "source", num_embeddings=WORDS, embedding_dim=4),
            node("memory", kind, "words", "padding", hidden_size=3, **settings),
            node("out", "Linear", "memory:state", out_features=4),
        ],
        "outputs": {"y": "out"},
    }
    return job(
        graph,
        dataset={"kind": "Recall", "longest": LONGEST, "samples": 60},
        task={"kind": "Classification"},
    )


@functools.cache
def a_translator(longest: int = LONGEST, steps: int = 12) -> View:
    dataset = {"longest": longest, "samples": 120 if longest > 2 else 60}
    return seen(job(translator(longest), dataset=dataset), steps)


@functools.cache
def a_reader(kind: str, bidirectional: bool = False) -> View:
    return seen(reader(kind, bidirectional=bidirectional), 4)


@functools.cache
def a_looker(score: str = "additive") -> View:
    return seen(job(looker(score)), 4)
