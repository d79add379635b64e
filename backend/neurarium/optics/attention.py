"""Where a network attends, to what, and how much: by the explicit path, for a few examples beside the training."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from neurarium.optics.memory import Memory
from neurarium.optics.passes import Tensors, altered, evaluating, numbers
from neurarium.probe import ProbeError
from neurarium_models.layout import Place, Value

if TYPE_CHECKING:
    from neurarium.optics.sentences import Sentences
    from neurarium_models.network import Network

Reweigh = Callable[[Tensor], Tensor]
"""What becomes of the weights (batch × heads × queries × keys) before values are mixed with them."""
_memory = Memory()


@dataclass(frozen=True)
class Site:
    """One node of attention. Places of a query or key come from an input of the network, or from cells of an image."""

    place: Place
    heads: int
    query: str
    """The input whose places ask; empty where it is none."""
    key: str
    """The input whose places are looked at; empty where it is none."""
    grid: tuple[int, int] | None
    """Rows and columns, where what is looked at are cells of an image."""

    @property
    def path(self) -> str:
        """Name the node."""
        return self.place.path

    @property
    def is_cross(self) -> bool:
        """Whether one sequence looks at another."""
        return self.query != self.key

    @property
    def facts(self) -> dict[str, Any]:
        """Describe it for a page."""
        facts = {
            "path": self.path,
            "kind": self.place.layer.kind,
            "heads": self.heads,
            "query": self.query,
            "key": self.key,
        }
        return facts if self.grid is None else {**facts, "grid": list(self.grid)}

    def check(self, head: int) -> None:
        """Raise ProbeError if there is no such head."""
        if head >= self.heads:
            one = self.heads == 1
            raise ProbeError(
                f"`{self.path}` has {self.heads} head{'' if one else 's'}, counted from 0: "
                f"there is no head {head}."
            )


def sites(network: "Network") -> tuple[Site, ...]:
    """List the nodes of attention in the order in which they are computed."""
    return _memory.recall(network, "sites", lambda: _sites(network))


def find(network: "Network", path: str | None) -> Site:
    """Find one by its path; without one, the last in which one sequence looks at another, or else the last of all."""
    known = sites(network)
    if not known:
        raise ProbeError("Nothing in this network attends: it has no layer of attention.")
    if path is None:
        return next((site for site in reversed(known) if site.is_cross), known[-1])
    for site in known:
        if site.path == path:
            return site
    names = ", ".join(f"`{site.path}`" for site in known[:8]) + (", ..." if len(known) > 8 else "")
    raise ProbeError(f"`{path}` is no layer of attention here. There are: {names}.")


def explain(network: "Network", batch: Tensors, chosen: tuple[Site, ...]) -> dict[str, Tensors]:
    """Send a batch through once, and let each node tell its scores and weights for what came to it, by its path."""
    return explained(network, batch, chosen)[1]


def explained(
    network: "Network", batch: Tensors, chosen: tuple[Site, ...]
) -> tuple[Tensors, dict[str, Tensors]]:
    """Compute the same, and the outputs of the network beside it."""
    read = {value.source for site in chosen for value in site.place.values if value is not None}
    with torch.no_grad(), evaluating(network):
        outputs, taps = network.tapped(batch, read)
        told = {site.path: explain_node(network, site.place, taps) for site in chosen}
    return outputs, told


def explain_node(network: "Network", place: Place, taps: Tensors) -> Tensors:
    """Let the module at a place tell what it computes from what comes in."""
    module: Any = network.get_submodule(place.path)
    told: Tensors = module.explain(*given(place, taps))
    return told


def given(place: Place, taps: Tensors) -> list[Tensor | None]:
    """List what comes into a place, in the order in which its module takes it."""
    return [None if value is None else taps[value.source] for value in place.values]


@contextmanager
def reweighing(network: "Network", changes: Mapping[str, Reweigh]) -> Iterator[None]:
    """Change the weights of some nodes of attention, by path, while something is computed."""
    with ExitStack() as stack:
        for path, change in changes.items():
            stack.enter_context(altered(network.get_submodule(path), {"reweigh": change}))
        yield


def without(*heads: int) -> Reweigh:
    """Switch heads off: what they would have found is 0."""

    def reweigh(weights: Tensor) -> Tensor:
        kept = weights.new_ones(weights.shape[1])
        kept[list(heads)] = 0
        return weights * kept[:, None, None]

    return reweigh


def overwritten(rows: Sequence[tuple[int, int, Sequence[float]]]) -> Reweigh:
    """Put weights of one's own in place of some rows, each given by its head and place; missing ones are 0."""

    def reweigh(weights: Tensor) -> Tensor:
        changed = weights.clone()
        for head, place, row in rows:
            if place < weights.shape[2]:
                mine = weights.new_tensor(row)[: weights.shape[3]]
                changed[:, head, place] = 0
                changed[:, head, place, : len(mine)] = mine
        return changed

    return reweigh


def both(first: Reweigh, second: Reweigh) -> Reweigh:
    """Do one thing after the other."""
    return lambda weights: second(first(weights))


def cut(values: Tensor, site: Site, example: "Sentences") -> NDArray[Any]:
    """Take the real places of what has the axes heads × queries × keys, of the first example."""
    queries = example.lengths.get(site.query)
    keys = None if site.grid else example.lengths.get(site.key)
    return np.ascontiguousarray(numbers(values[0])[:, :queries, :keys])


def _sites(network: "Network") -> tuple[Site, ...]:
    known = producers(network)
    found = []
    for place in network.places:
        module = network.get_submodule(place.path)
        if not hasattr(module, "reweigh"):
            continue
        query, key = place.values[0], place.values[1]
        if query is None or key is None:
            continue
        heads = int(getattr(module, "num_heads", 1))
        asks, _ = origin(query, known, network)
        looked_at, grid = origin(key, known, network)
        found.append(Site(place, heads, asks, looked_at, grid))
    return tuple(found)


def producers(network: "Network") -> dict[str, Place]:
    """Find the place that each value comes from."""
    return {source: place for place in network.places for source in place.produced}


def origin(
    value: Value, known: Mapping[str, Place], network: "Network"
) -> tuple[str, tuple[int, int] | None]:
    """Follow the places of a sequence back to the input that they are places of, or to the cells of an image."""
    count = _places(value)
    grid = None
    while value.source in known:
        place = known[value.source]
        inner = [each for each in place.values if each is not None and each.spec is not None]
        if not inner:
            return "", None
        value = next((each for each in inner if _places(each) == count), inner[0])
        grid = grid or _cells(value, count)
    spec = network.graph.inputs[value.source]
    if grid is None and spec.shape[0] != count:
        return "", None
    return value.source, grid


def _cells(value: Value, count: int) -> tuple[int, int] | None:
    """Say how many rows and columns maps have, if their cells are so many."""
    if value.spec is None or value.spec.axes[-2:] != ("H", "W"):
        return None
    rows, columns = value.spec.shape[-2:]
    return (rows, columns) if rows * columns == count else None


def _places(value: Value) -> int:
    return value.spec.shape[0] if value.spec is not None and value.spec.shape else 0
