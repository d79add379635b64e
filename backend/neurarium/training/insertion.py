"""How layers that are new in a network begin, so that they change its answers as little as mathematics allows.

A square layer in the main way begins as the identity; a branch that is added to what was there begins at 0.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from neurarium_models.layers.activation import Activation
from neurarium_models.layout import Layout, Place

if TYPE_CHECKING:
    from torch import Tensor

    from neurarium_models.network import Network

ALIVE_AT_ZERO = (
    "Identity", "Dropout", "Dropout2d", "Tanh", "ScaledTanh", "GELU", "SiLU", "ELU", "LeakyReLU", "Flatten",
    "AvgPool2d", "AdaptiveAvgPool2d", "Upsample",
)  # fmt: skip
"""These answer 0 by 0 and still let gradients through, so that a branch which begins at 0 can learn."""
CLOSING = {
    "Linear": ("weight", "bias"),
    "Conv1d": ("weight", "bias"),
    "Conv2d": ("weight", "bias"),
    "ConvTranspose2d": ("weight", "bias"),
    "BatchNorm1d": ("weight", "bias"),
    "BatchNorm2d": ("weight", "bias"),
    "LayerNorm": ("weight", "bias"),
    "RMSNorm": ("weight",),
    "GroupNorm": ("weight", "bias"),
    "MultiheadAttention": ("out_proj.weight", "out_proj.bias"),
}
"""Layers at which a branch may end, and what is set to 0 there."""
HARMLESS = ("Identity", "Dropout", "Dropout2d")
KEEP_SIGN = (*HARMLESS, "Flatten", "MaxPool2d", "AvgPool2d", "AdaptiveAvgPool2d", "Concat", "Add")


@dataclass
class Insertions:
    """Which of the new layers begin as what."""

    identities: set[str] = field(default_factory=set)
    closed: set[str] = field(default_factory=set)
    """The last layers of branches."""
    strangers: set[str] = field(default_factory=set)
    """All new layers."""


def plan_insertions(old: Layout, layout: Layout) -> Insertions:
    """Decide how the layers begin that the old network did not have."""
    before = {place.path: set(_sources(place)) for place in old.places}
    strangers = {place.path for place in layout.places} - set(before)
    found = Insertions(strangers=strangers)
    places = {source: place for place in layout.places for source in place.produced}
    inside: set[str] = set()
    for place in layout.places:
        if place.layer.kind == "Add":
            lost = before.get(place.path, set()) - set(_sources(place))
            inside |= _close(place, places, found, lost)
    for place in layout.places:
        if place.path in strangers - inside and _is_square(place):
            source = place.values[0].source if place.values[0] is not None else ""
            if _goes_on(place, layout, strangers, _is_positive(source, places, found)):
                found.identities.add(place.path)
    return found


def begin(network: "Network", found: Insertions) -> None:
    """Give the new layers of a network their first values."""
    import torch

    with torch.no_grad():
        for path in sorted(found.identities):
            module = network.get_submodule(path)
            for name, value in module.named_parameters(recurse=False):
                value.copy_(_identity(value) if name == "weight" else torch.zeros_like(value))
        for place in network.places:
            if place.path in found.closed:
                values = dict(network.get_submodule(place.path).named_parameters())
                for name in CLOSING[place.layer.kind]:
                    if name in values:
                        values[name].zero_()


def _identity(weight: "Tensor") -> "Tensor":
    """Make a matrix that changes nothing, or a kernel (Dirac's) that sees the middle only."""
    import torch

    result = torch.zeros_like(weight)
    middle = tuple(size // 2 for size in weight.shape[2:])
    for unit in range(len(weight)):
        result[(unit, unit, *middle)] = 1
    return result


def _is_square(place: Place) -> bool:
    layer, x, y = place.layer, place.specs[0], next(iter(place.outputs.values()))
    if x is None or x.shape != y.shape:
        return False
    if layer.kind == "Linear":
        return True
    if layer.kind not in ("Conv1d", "Conv2d"):
        return False
    settings = layer.model_dump()
    size, dilation = settings["kernel_size"], settings["dilation"]
    plain = settings["stride"] == 1 and settings.get("groups", 1) == 1 and size % 2 == 1
    return bool(plain and 2 * settings["padding"] == dilation * (size - 1))


def _goes_on(place: Place, layout: Layout, strangers: set[str], positive: bool) -> bool:
    """Whether the identity stays one through the new activation that follows it: ReLU leaves what is positive."""
    path = place.path
    while True:
        readers = [
            other
            for other in layout.places
            if other.path in strangers
            and any(value is not None and value.source == path for value in other.values)
            and (isinstance(other.layer, Activation) or other.layer.kind in HARMLESS)
        ]
        if not readers:
            return True
        kinds = {reader.layer.kind for reader in readers}
        if not kinds <= {"ReLU", *HARMLESS} or ("ReLU" in kinds and not positive):
            return False
        path = readers[0].path


def _is_positive(source: str, places: dict[str, Place], found: Insertions) -> bool:
    """Whether a value is never below 0."""
    pending = [source]
    while pending:
        place = places.get(pending.pop())
        if place is None:
            return False
        if place.layer.kind in ("ReLU", "Sigmoid"):
            continue
        if place.layer.kind not in KEEP_SIGN and place.path not in found.identities:
            return False
        pending += _sources(place)
    return True


def _close(add: Place, places: dict[str, Place], found: Insertions, lost: set[str]) -> set[str]:
    """Let all new branches into an Add begin at 0 but the main way; name the new layers inside of them.

    New layers that now stand between the Add and something that it has `lost` are no branch.
    """
    sources = _sources(add)
    ends = {
        source: None
        if _entries(source, places, found.strangers) & lost
        else _end(source, places, found.strangers)
        for source in sources
    }
    main = [source for source in sources if ends[source] is None] or sources[:1]
    branches = [end.path for source, end in ends.items() if end and source not in main]
    way = _behind(main, places, found.strangers)
    if way.intersection(branches):
        return set()
    found.closed |= set(branches)
    return _behind(branches, places, found.strangers) - way


def _end(source: str, places: dict[str, Place], strangers: set[str]) -> Place | None:
    """Find the last layer with weights of a new branch; None where this is none, or could not begin at 0."""
    while True:
        place = places.get(source)
        if place is None or place.path not in strangers:
            return None
        kind = place.layer.kind
        if kind in CLOSING:
            shapes = place.layer.parameter_shapes(*place.specs)
            return place if set(CLOSING[kind]) & set(shapes) else None
        if kind not in ALIVE_AT_ZERO:
            return None
        (source,) = _sources(place)


def _entries(source: str, places: dict[str, Place], strangers: set[str]) -> set[str]:
    """Name the old values that the new layers behind a value read."""
    inside = _behind([source], places, strangers)
    read = {each for place in places.values() if place.path in inside for each in _sources(place)}
    return {each for each in read if each not in places or places[each].path not in inside}


def _behind(sources: Iterable[str], places: dict[str, Place], strangers: set[str]) -> set[str]:
    """Name the new layers that lead to some values without an old one in between."""
    found: set[str] = set()
    pending = list(sources)
    while pending:
        place = places.get(pending.pop())
        if place is not None and place.path in strangers and place.path not in found:
            found.add(place.path)
            pending += _sources(place)
    return found


def _sources(place: Place) -> list[str]:
    return [value.source for value in place.values if value is not None]
