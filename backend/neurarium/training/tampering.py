"""Where each entry of a job's tampering takes hold in its network: checked without torch, realised by `gate.py`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from neurarium.training.backward import Backward
from neurarium.training.backwards import BACKWARDS
from neurarium.training.moves import find_moves, followed_path
from neurarium.training.tamper import CutEdge, CutWeight, ScaleEdge, Tamper, WrongBackward
from neurarium_models.graph import Graph
from neurarium_models.layer import counted
from neurarium_models.layout import Layout, Place, lay_out, sources
from neurarium_models.tensor import TensorSpec, unit_axis

DENSE = ("Linear", "Conv1d", "Conv2d")
"""Layers whose units can be told apart as readers: each has weights of its own for everything it reads."""
SHOWN = 8
"""Names that a sentence lists."""


class TamperError(ValueError):
    """An entry does not fit the network: a sentence for a learner; `node` says where."""

    def __init__(self, message: str, node: str) -> None:
        """Keep the sentence, and the path that it is about."""
        super().__init__(message)
        self.node = node


@dataclass(frozen=True)
class Gate:
    """What happens to the gradient that flows from a layer back to one thing that it reads."""

    ports: tuple[int, ...]
    """Those of the layer's inputs that read it."""
    axis: int
    """Along which its units are counted, the batch being axis 0."""
    unit: int | None
    factor: float


@dataclass
class Grip:
    """All that is done at one layer."""

    place: Place
    gates: list[Gate] = field(default_factory=list)
    apart: dict[int, list[Gate]] = field(default_factory=dict)
    """By unit of the layer: gates that hold for what comes from this unit alone."""
    weights: dict[str, list[tuple[int, ...]]] = field(default_factory=dict)
    """By name of a parameter: the numbers of it that get no gradient; `()` is all of them."""
    backward: Backward | None = None

    @property
    def axis(self) -> int:
        """Along which axis of its output its units are counted, the batch being axis 0."""
        return _axis(self.place, next(iter(self.place.outputs.values())))


def find_grips(graph: Graph, tampering: Sequence[Tamper]) -> dict[str, Grip]:
    """Say what is done at each layer, by its path, or raise TamperError."""
    grips: dict[str, Grip] = {}
    if not tampering:
        return grips
    layout = lay_out(graph, fold=False)
    for entry in tampering:
        match entry:
            case CutEdge() | ScaleEdge():
                _grip_edge(layout, entry, grips)
            case CutWeight():
                _grip_weight(layout, graph, entry, grips)
            case WrongBackward():
                _grip_backward(layout, entry, grips)
    return grips


def surviving(tampering: Sequence[Tamper], old: Graph, new: Graph) -> list[Tamper]:
    """List the entries that still mean something in another network; they go with layers that have another path."""
    if not tampering or old == new:
        return list(tampering)
    moves = find_moves(lay_out(old, fold=False), lay_out(new, fold=False))
    found = []
    for entry in tampering:
        moved = _moved(entry, moves)
        try:
            find_grips(new, [moved])
        except TamperError:
            continue
        found.append(moved)
    return found


def _moved(entry: Tamper, moves: Mapping[str, str]) -> Tamper:
    match entry:
        case CutEdge() | ScaleEdge():
            path, colon, port = entry.source.partition(":")
            source = f"{followed_path(path, moves)}{colon}{port}"
            node = followed_path(entry.node, moves)
            return entry.model_copy(update={"source": source, "node": node})
        case WrongBackward():
            return entry.model_copy(update={"node": followed_path(entry.node, moves)})
        case CutWeight():
            owner, _, name = entry.parameter.rpartition(".")
            parameter = f"{followed_path(owner, moves)}.{name}"
            return entry.model_copy(update={"parameter": parameter})


def _grip_edge(layout: Layout, entry: CutEdge | ScaleEdge, grips: dict[str, Grip]) -> None:
    known = sources(layout)
    places = [
        place
        for place in layout.places
        if place.path == entry.node or place.path.startswith(f"{entry.node}.")
    ]
    if not places:
        raise TamperError(_missing("node", entry.node, [p.path for p in layout.places]), entry.node)
    if entry.source not in known:
        message = _missing("node or input", entry.source, known)
        raise TamperError(message, entry.source)
    source = known[entry.source]
    readers = [place for place in places if source in _read(place)]
    if not readers:
        reads = _listed(dict.fromkeys(each for place in places for each in _read(place)))
        message = f"`{entry.node}` does not read `{entry.source}`: nothing flows back there. It reads: {reads}."
        raise TamperError(message, entry.node)
    for place in readers:
        _add_gate(place, source, entry, grips.setdefault(place.path, Grip(place)))


def _add_gate(place: Place, source: str, entry: CutEdge | ScaleEdge, grip: Grip) -> None:
    ports = tuple(port for port, each in enumerate(_read(place)) if each == source)
    spec = place.specs[ports[0]]
    if spec is None:
        raise TamperError(f"`{entry.source}` is of no known size.", entry.source)
    if spec.dtype != "float32":
        kind = "whole numbers" if spec.dtype == "int64" else "true or false"
        message = f"`{entry.source}` is {kind}: no gradient flows back to it, so there is nothing to change."
        raise TamperError(message, place.path)
    axis = _axis(place, spec)
    if isinstance(entry, ScaleEdge):
        grip.gates.append(Gate(ports, axis, None, entry.factor))
        return
    if entry.unit is not None:
        _check_unit(entry.source, entry.unit, spec, axis)
    gate = Gate(ports, axis, entry.unit, 0.0)
    if entry.reader is None:
        grip.gates.append(gate)
        return
    if place.layer.kind not in DENSE:
        message = (
            f"`{place.path}` is {place.layer.kind}. One unit of a layer can be cut off from what it reads where it "
            f"has weights of its own for it: in {', '.join(DENSE)}. Leave out `reader`."
        )
        raise TamperError(message, place.path)
    _check_unit(place.path, entry.reader, next(iter(place.outputs.values())), grip.axis)
    grip.apart.setdefault(entry.reader, []).append(gate)


def _check_unit(path: str, unit: int, spec: TensorSpec, axis: int) -> None:
    count = spec.shape[axis - 1] if spec.shape else 0
    if unit >= count:
        units = counted(count, "unit", "units")
        message = f"`{path}` has {units}, counted from 0: there is no unit {unit}."
        raise TamperError(message, path)


def _grip_weight(layout: Layout, graph: Graph, entry: CutWeight, grips: dict[str, Grip]) -> None:
    known = {
        f"{place.path}.{name}": (place, name, shape)
        for place in layout.places
        for name, shape in place.layer.parameter_shapes(*place.specs).items()
    }
    if entry.parameter not in known:
        message = _missing("parameter", entry.parameter, known)
        raise TamperError(message, entry.parameter.rpartition(".")[0])
    shape, index = known[entry.parameter][2], entry.index
    if index is not None and (
        len(index) != len(shape) or any(i >= size for i, size in zip(index, shape, strict=True))
    ):
        sizes = " × ".join(map(str, shape))
        message = f"`{entry.parameter}` has {sizes} numbers; there is none at {list(index)}."
        raise TamperError(message, entry.parameter.rpartition(".")[0])
    one = next((group for group in graph.tied if entry.parameter in group), [entry.parameter])
    for path in one:
        place, name, _ = known[path]
        grip = grips.setdefault(place.path, Grip(place))
        grip.weights.setdefault(name, []).append(index or ())


def _grip_backward(layout: Layout, entry: WrongBackward, grips: dict[str, Grip]) -> None:
    place = next((place for place in layout.places if place.path == entry.node), None)
    if place is None:
        raise TamperError(_missing("node", entry.node, [p.path for p in layout.places]), entry.node)
    kind = place.layer.kind
    fitting = [name for name, each in BACKWARDS.items() if kind in each.layers]
    if entry.backward not in fitting:
        offer = f"It has: {_listed(fitting)}." if fitting else "There is none for such a layer."
        message = (
            f"`{entry.node}` is {kind}, which has no wrong backward `{entry.backward}`. {offer}"
        )
        raise TamperError(message, entry.node)
    backward = BACKWARDS[entry.backward].model_validate({})
    misfit = backward.misfit(place)
    if misfit:
        raise TamperError(f"`{entry.node}`: {misfit}", entry.node)
    grip = grips.setdefault(place.path, Grip(place))
    if grip.backward is not None:
        message = f"`{entry.node}` has two wrong backwards: `{grip.backward.kind}` and `{entry.backward}`. Take one."
        raise TamperError(message, entry.node)
    grip.backward = backward


def _read(place: Place) -> list[str]:
    """Name what each port reads; nothing where it is not connected."""
    return ["" if value is None else value.source for value in place.values]


def _axis(place: Place, spec: TensorSpec) -> int:
    """Find the axis of units: for a layer of weights the one along which it multiplies."""
    if place.layer.kind == "Linear":
        return max(1, len(spec.shape))
    return unit_axis(spec) + 1 if spec.shape else 0


def _missing(what: str, path: str, known: Iterable[str]) -> str:
    return f"The network has no {what} `{path}`. It has: {_listed(known)}."


def _listed(names: Iterable[str]) -> str:
    found = [name for name in names if name]
    more = ", …" if len(found) > SHOWN else ""
    return ", ".join(f"`{name}`" for name in found[:SHOWN]) + more
