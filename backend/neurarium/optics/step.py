"""The numbers of one head at one place: what the three lines of attention are made of."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from neurarium.optics.attention import Site, given
from neurarium.optics.passes import Tensors, evaluating, numbers
from neurarium.optics.sentences import Sentences

if TYPE_CHECKING:
    from neurarium_models.network import Network

VALUES = 2
"""Which input of a layer holds the values, where it has one of its own: query, key, value."""


@dataclass(frozen=True, eq=False)
class Step:
    """One place that asks, in one head."""

    score: Literal["product", "additive"]
    """How places are compared: scale · key · query, or direction · tanh(query + key)."""
    arrays: dict[str, NDArray[Any]]
    """`query`, `mixture` D; `key`, `value` S×D; `product` S or `direction` D; `score`, `allowed`, `weight` S."""
    scale: float | None
    """What products are multiplied by; None where none are made."""

    @property
    def strongest(self) -> int:
        """Find the place that most is taken of."""
        return int(np.argmax(self.arrays["weight"]))


def step(network: "Network", site: Site, example: Sentences, head: int, place: int) -> Step:
    """Send an example through once, and take the numbers of one head at one place."""
    module: Any = network.get_submodule(site.path)
    read = {value.source for value in site.place.values if value is not None}
    with torch.no_grad(), evaluating(network):
        _, taps = network.tapped(example.batch, read)
        inputs = given(site.place, taps)
        told: Tensors = module.explain(*inputs)
        compared = _compared(module, told, inputs, head, place)
        value = told["value"][0, head] if "value" in told else _memory(site, inputs)
    keys = None if site.grid else example.lengths.get(site.key)
    query, key = compared["query"], compared["key"][:keys]
    score = numbers(told["scores"][0, head, place, :keys])
    # What may not be looked at has no score: its place among the true ones is taken by 0.
    allowed = np.isfinite(score)
    arrays = {"query": numbers(query), "key": numbers(key)}
    if "direction" in compared:
        arrays["direction"] = numbers(compared["direction"])
    else:
        arrays["product"] = numbers(key @ query)
    arrays |= {
        "score": np.where(allowed, score, 0.0),
        "allowed": allowed,
        "weight": numbers(told["weights"][0, head, place, :keys]),
        "value": numbers(value[:keys]),
        "mixture": numbers(told["mixture"][0, head, place]),
    }
    # Copies, as some of these are the network's own memory.
    kept = {name: np.array(values) for name, values in arrays.items()}
    if "direction" in compared:
        return Step("additive", kept, None)
    return Step("product", kept, _scale(module, query))


def _scale(module: Any, query: Tensor) -> float:
    """Say what products are multiplied by: so that they do not grow with the features, or nothing."""
    if hasattr(module, "num_heads"):
        return float(query.shape[-1] ** -0.5)
    return float(getattr(module, "factor", 1.0))


def _compared(
    module: Any, told: Tensors, inputs: list[Tensor | None], head: int, place: int
) -> Tensors:
    """Find what is compared: the query and all keys; and where they are added up, what the sums are measured by."""
    if "query" in told:
        return {"query": told["query"][0, head, place], "key": told["key"][0, head]}
    query = _asking(told, inputs, place)
    key: Tensor = module.k_proj(inputs[1])[0]
    if not hasattr(module, "q_proj"):
        return {"query": query, "key": key}
    return {"query": module.q_proj(query), "key": key, "direction": module.score.weight[0]}


def _asking(told: Tensors, inputs: list[Tensor | None], place: int) -> Tensor:
    """Find what asks at a place: what comes in, or, of a layer with a state, the state before."""
    first = inputs[0]
    if "state" not in told:
        if first is None:
            raise TypeError("a layer of attention has a query")
        return first[0, place]
    if place:
        return told["state"][0, place - 1]
    start = inputs[3]
    return torch.zeros_like(told["state"][0, 0]) if start is None else start[0]


def _memory(site: Site, inputs: list[Tensor | None]) -> Tensor:
    """Find what is mixed, where it is not projected: the values that come in, or the memory."""
    at = VALUES if "value" in site.place.ports else 1
    value = inputs[at]
    if value is None:
        raise TypeError("a layer of attention has values")
    return value[0]
