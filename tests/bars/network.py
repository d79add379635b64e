"""The oracle of the quality bars: a network's forward pass by NumPy alone, from its document and exported weights."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load

Numbers = NDArray[np.float64]
BENDS: dict[str, Callable[[Numbers], Numbers]] = {
    "Tanh": np.tanh,
    "ReLU": lambda x: np.maximum(x, 0),
    "Step": lambda x: np.where(x >= 0, 1.0, -1.0),
}


def forward(graph: Mapping[str, Any], exported: bytes, x: Numbers) -> Numbers:
    """Follow a chain of layers from the one input to the one output."""
    weights = {name: value.astype(np.float64) for name, value in load(exported).items()}
    (input_name,) = graph["inputs"]
    values = {input_name: x}
    for node in graph["nodes"]:
        (source,) = node["inputs"]
        name, kind = node["id"], node["layer"]["kind"]
        if kind == "Linear":
            values[name] = values[source] @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]
        elif kind == "Flatten":
            values[name] = values[source].reshape(len(x), -1)
        else:
            values[name] = BENDS[kind](values[source])
    (output,) = graph["outputs"].values()
    return values[output]


def accuracy(output: Numbers, y: NDArray[np.int64]) -> float:
    """Share of right answers: by the sign of one unit, by the greatest of several."""
    said = (output[:, 0] >= 0) if output.shape[1] == 1 else output.argmax(1)
    return float((said == y).mean())
