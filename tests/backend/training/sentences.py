"""A small language to try things on: digits said backwards, padded to the longest, and a network with attention."""

from typing import Any

from neurarium.datasets.digit_sequences import DigitSequences
from neurarium.training.job import Job
from neurarium_models.graph import Graph
from tests.backend.training.jobs import document, linear
from tests.models.samples import node

END = 2
TOKENS = 14
DATA = DigitSequences(samples=100, shortest=2, longest=9, validation=0.2)


def reader() -> Graph:
    """An attention from what is said so far to what was heard."""
    specs = DATA.inputs()
    specs.pop("target_mask")
    cross = {"query": "said", "key": "heard", "value": "heard", "key_padding_mask": "padding"}
    nodes = [
        node("padding", "Not", "source_mask"),
        node("words", "Embedding", "source", num_embeddings=TOKENS, embedding_dim=8),
        node("heard", "SinusoidalPositions", "words"),
        node("speech", "Embedding", "target", num_embeddings=TOKENS, embedding_dim=8),
        node("said", "SinusoidalPositions", "speech"),
        {
            "id": "attention",
            "layer": {"kind": "MultiheadAttention", "num_heads": 2},
            "inputs": cross,
        },
        node("add", "Add", "said", "attention"),
        linear("logits", TOKENS, "add"),
    ]
    return Graph.model_validate({"inputs": specs, "nodes": nodes, "outputs": {"logits": "logits"}})


def job(**changes: Any) -> Job:
    """A job of it."""
    settings = {"graph": reader().model_dump(mode="json"), "dataset": DATA.model_dump()}
    settings |= {"task": {"kind": "Translation", "end": END}, "optimizer": {"kind": "Adam"}}
    return Job.model_validate(document(**settings, **changes))
