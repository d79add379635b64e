"""A small language to try things on: digits said backwards, padded to the longest, and a network with attention."""

from typing import Any, ClassVar, Literal

import numpy as np

from neurarium.dataset import Dataset, Examples, InputTarget, Split, Target, generator
from neurarium.training.job import Job
from neurarium_models.graph import Graph
from neurarium_models.tensor import TensorSpec
from tests.backend.training.jobs import document, linear
from tests.models.samples import node

LONGEST, TOKENS = 9, 13
PAD, BEGIN, END, FIRST = 0, 1, 2, 3


class Backwards(Dataset):
    """Pairs of 1 to 9 digits and the same backwards, held out every fifth."""

    title: ClassVar = "digits said backwards"
    kind: Literal["Backwards"] = "Backwards"
    samples: int = 100

    def inputs(self) -> dict[str, TensorSpec]:
        def place(length: int, dtype: Literal["int64", "bool"]) -> TensorSpec:
            return TensorSpec(axes=("T",), shape=(length,), dtype=dtype)

        return {
            "source": place(LONGEST + 1, "int64"),
            "source_mask": place(LONGEST + 1, "bool"),
            "target": place(LONGEST + 2, "int64"),
            "target_mask": place(LONGEST + 2, "bool"),
        }

    def target(self) -> Target:
        return InputTarget()

    def draw(self, seed: int) -> Examples:
        chance = generator(seed, "sentences")
        said = [
            chance.integers(FIRST, TOKENS, chance.integers(1, LONGEST + 1)).tolist()
            for _ in range(self.samples)
        ]
        arrays = padded([[*each, END] for each in said], "source", LONGEST + 1)
        arrays |= padded([[BEGIN, *each[::-1], END] for each in said], "target", LONGEST + 2)
        held_out = np.arange(self.samples) % 5 == 4
        train, validation = (
            Split(np.flatnonzero(chosen), {name: array[chosen] for name, array in arrays.items()})
            for chosen in (~held_out, held_out)
        )
        return Examples(train, validation)


def padded(rows: list[list[int]], name: str, length: int) -> dict[str, Any]:
    """Lay rows of tokens side by side, and say where they hold."""
    mask = np.arange(length) < np.array([len(row) for row in rows])[:, None]
    tokens = np.zeros(mask.shape, np.int64)
    tokens[mask] = np.concatenate(rows)
    return {name: tokens, f"{name}_mask": mask}


def reader() -> Graph:
    """An attention from what is said so far to what was heard."""
    specs = Backwards().inputs()
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
    """A job of it; the data are no part of the shelf, and so are put in afterwards."""
    settings = document(
        task={"kind": "Translation", "end": END}, optimizer={"kind": "Adam", "lr": 0.01}, **changes
    )
    made = Job.model_validate(settings)
    return made.model_copy(update={"graph": reader(), "dataset": Backwards()})
