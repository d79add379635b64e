"""Batches are as long as their longest example: what is padding in all of them need not be computed."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from neurarium_models.graph import Graph
from neurarium_models.layout import Layout, lay_out
from neurarium_models.problem import Problems

if TYPE_CHECKING:
    from torch import Tensor

    from neurarium_models.network import Network

MASK = "_mask"
"""`x_mask` says which places of `x` hold."""
SEQUENCE = 2
"""Axes of a mask that is cut: examples and places."""

_adapting: "WeakKeyDictionary[Network, dict[tuple[str, ...], bool]]" = WeakKeyDictionary()


def trimmed(batch: "dict[str, Tensor]", network: "Network") -> "dict[str, Tensor]":
    """Cut off the last places at which no example's mask is true, of each `x` and `x_mask`; one place stays.

    A network whose layers are made for one length gets them all.
    """
    masks = {
        name: mask
        for name, mask in batch.items()
        if name.endswith(MASK) and mask.ndim == SEQUENCE and name.removesuffix(MASK) in batch
    }
    if not masks or not adapts(network, tuple(masks)):
        return batch
    result = dict(batch)
    for name, mask in masks.items():
        length = _longest(mask)
        for each in (name, name.removesuffix(MASK)):
            result[each] = batch[each][:, :length]
    return result


def _longest(mask: "Tensor") -> int:
    """Count the places up to the last that is true anywhere."""
    used = mask.any(0).nonzero()
    return int(used[-1]) + 1 if len(used) else 1


def lengths(arrays: Mapping[str, Any]) -> NDArray[np.int64] | None:
    """Count the places of each example up to the last that its masks cover, those of all its sequences together.

    Masks are arrays of NumPy. None: there is none, so that all are equally long.
    """
    found = None
    for name, mask in arrays.items():
        if name.endswith(MASK) and mask.ndim == SEQUENCE and name.removesuffix(MASK) in arrays:
            places = np.arange(1, mask.shape[1] + 1)
            length = (mask * places).max(1, initial=0).astype(np.int64)
            found = length if found is None else found + length
    return found


def adapts(network: "Network", masks: tuple[str, ...]) -> bool:
    """Say whether the same layers compute shorter sequences: no parameter or setting follows from their length."""
    known = _adapting.setdefault(network, {})
    if masks not in known:
        known[masks] = is_free_of_length(network.graph, masks)
    return known[masks]


def is_free_of_length(graph: Graph, masks: tuple[str, ...]) -> bool:
    """Lay the network out for sequences that are shorter, each by another number of places, and compare."""
    inputs = dict(graph.inputs)
    for fewer, mask in enumerate(masks, start=1):
        for name in (mask, mask.removesuffix(MASK)):
            if name in inputs:
                length, *others = inputs[name].shape
                shape = (max(length - fewer, 1), *others)
                inputs[name] = inputs[name].model_copy(update={"shape": shape})
    problems = Problems()
    shorter = lay_out(graph.model_copy(update={"inputs": inputs}), fold=True, problems=problems)
    if any(problem.severity == "error" for problem in problems.listed()):
        return False
    return _made(shorter) == _made(lay_out(graph, fold=True))


def _made(layout: Layout) -> Mapping[str, object]:
    """Say by path what each layer is made with."""
    return {
        place.path: (
            place.layer.parameter_shapes(*place.specs),
            place.layer.arguments(*place.specs),
        )
        for place in layout.places
    }
