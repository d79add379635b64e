"""The residual stream: where a network adds what a sub-layer says to what it has read, place by place."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from neurarium.optics.attention import origin, producers
from neurarium.optics.memory import Memory
from neurarium.optics.passes import Tensors
from neurarium.probe import ProbeError
from neurarium_models.layout import Place

if TYPE_CHECKING:
    from neurarium_models.network import Network

SUMMANDS = 2
THROUGH = ("Dropout", "Identity")
"""Kinds that hand on what another layer has said."""
_memory = Memory()


@dataclass(frozen=True)
class Addition:
    """One place at which something is added to the stream."""

    path: str
    stream: str
    """Where the stream comes from: a node, or an input of the network."""
    written: str
    """Where that comes from which is added."""
    writer: str
    """The layer that says it."""
    kind: str
    """Its kind."""
    input: str
    """The input at whose places it is; empty: unknown."""

    @property
    def facts(self) -> dict[str, Any]:
        """Describe it for a page."""
        return {
            "path": self.path,
            "writer": self.writer,
            "kind": self.kind,
            "input": self.input,
        }


def additions(network: "Network") -> tuple[Addition, ...]:
    """List them in the order in which they are computed; raise ProbeError where there is none."""
    found = _memory.recall(network, "additions", lambda: _additions(network))
    if not found:
        raise ProbeError(
            "There is no residual stream here: nowhere is something added to a sequence that was computed from it."
        )
    return found


def measured(addition: Addition, taps: Tensors, count: int | None) -> dict[str, Tensor]:
    """Measure the first example's real places: lengths of stream and of what is written, and the cosine between both.

    Where one of the two is zero, the cosine is 0.
    """
    stream, written = (taps[name][0, :count] for name in (addition.stream, addition.written))
    lengths = stream.norm(dim=-1), written.norm(dim=-1)
    scale = lengths[0] * lengths[1]
    cosine = torch.where(scale > 0, (stream * written).sum(-1) / scale.clamp(min=1e-300), scale)
    return {"stream": lengths[0], "written": lengths[1], "cosine": cosine.clamp(-1, 1)}


def _additions(network: "Network") -> tuple[Addition, ...]:
    known = producers(network)
    found = []
    for place in network.places:
        pair = _pair(place, known) if place.layer.kind == "Add" else None
        if pair is None:
            continue
        stream, written = pair
        writer = _writer(known[written], known)
        value = next(each for each in place.values if each is not None and each.source == stream)
        heard, _ = origin(value, known, network)
        found.append(Addition(place.path, stream, written, writer.path, writer.layer.kind, heard))
    return tuple(found)


def _pair(place: Place, known: Mapping[str, Place]) -> tuple[str, str] | None:
    """Tell stream and addition apart: the second is computed from the first, and both are sequences."""
    values = [value for value in place.values if value is not None]
    if len(values) != SUMMANDS or any(v.spec is None or len(v.spec.shape) != 2 for v in values):
        return None
    for one, other in (values, values[::-1]):
        if one.source != other.source and one.source in _above(other.source, known):
            return one.source, other.source
    return None


def _above(source: str, known: Mapping[str, Place]) -> set[str]:
    """Everything that something is computed from."""
    found: set[str] = set()
    pending = [source]
    while pending:
        place = known.get(pending.pop())
        sources = {value.source for value in place.values if value} if place else set()
        pending += sources - found
        found |= sources
    return found


def _writer(place: Place, known: Mapping[str, Place]) -> Place:
    """Find the layer that says something, behind what only hands it on."""
    while place.layer.kind in THROUGH and place.values[0] and place.values[0].source in known:
        place = known[place.values[0].source]
    return place
