"""Where every layer stands and what flows into it: a graph walked through with the sizes of all tensors.

Blocks are entered with an explicit stack. A folded layout enters equal repetitions once and counts them, so that it
costs the same for 2 as for 1,000; an unfolded one has every layer at its own path.
"""

from dataclasses import dataclass, field

from pydantic import ValidationError

from neurarium_models.graph import Block, Graph, Node
from neurarium_models.layer import Layer, LayerError, Outputs
from neurarium_models.offer import insertion
from neurarium_models.problem import Problems
from neurarium_models.tensor import TensorSpec
from neurarium_models.wiring import Scope, enter, wire

MAXIMUM_PLACES = 10_000


@dataclass(frozen=True, slots=True)
class Value:
    """What a reference stands for."""

    source: str
    """A graph input, or the path of the node it comes from, with its port where that has several: `lstm:state`."""
    spec: TensorSpec | None
    """None: unknown, as something before it does not fit."""


@dataclass(slots=True)
class Place:
    """One layer at one path."""

    path: str
    layer: Layer
    ports: tuple[str, ...]
    """The port of each entry of `values`."""
    values: tuple[Value | None, ...]
    """What comes in, in the order in which the layer takes it; None where an optional port is not connected."""
    outputs: Outputs = field(default_factory=dict)
    fits: bool = False
    """Whether all inputs are known and right, so that its parameters can be counted."""
    repeat: int = 1
    """How many equal places, one in each repetition, this one stands for."""

    @property
    def specs(self) -> tuple[TensorSpec | None, ...]:
        """Describe what comes in."""
        return tuple(None if value is None else value.spec for value in self.values)

    @property
    def produced(self) -> tuple[str, ...]:
        """Name what comes out as the `source` of values does."""
        several = len(self.outputs) > 1
        return tuple(f"{self.path}:{port}" if several else self.path for port in self.outputs)

    @property
    def connected(self) -> bool:
        """Whether every port that must be connected is, to something whose size is known."""
        needed = len(self.ports) - len(self.layer.optional_ports)
        wired = all(value is not None for value in self.values[:needed])
        return wired and all(value is None or value.spec is not None for value in self.values)


@dataclass(slots=True)
class Fold:
    """Equal repetitions of a block in a row, of which the first was entered."""

    path: str
    first: int | None
    """Number of the first of them; None for a block that is not repeated."""
    count: int
    values: dict[str, Value]
    outputs: dict[str, Value]
    repeat: int = 1
    """In how many equal surroundings this block stands."""


@dataclass(slots=True)
class Layout:
    """A graph laid out: `places` in an order in which each comes after what feeds it."""

    inputs: tuple[str, ...]
    places: list[Place] = field(default_factory=list)
    folds: list[Fold] = field(default_factory=list)
    outputs: dict[str, Value] = field(default_factory=dict)


def lay_out(graph: Graph, *, fold: bool, problems: Problems | None = None) -> Layout:
    """Walk through a graph; never raises, what is wrong is noted among the problems."""
    problems = Problems() if problems is None else problems
    layout = Layout(tuple(graph.inputs))
    given = {name: Value(name, spec) for name, spec in graph.inputs.items()}
    _Walk(layout, problems, fold).run(wire(graph, problems), given)
    return layout


def sources(layout: Layout) -> dict[str, str]:
    """Say for each path at which one may look where its value comes from."""
    found = {}
    for fold in layout.folds:
        paths = [fold.path] if fold.first is None else [f"{fold.path}.{fold.first}", fold.path]
        for path in paths:
            # An outer path is overwritten by each repetition, so that it ends as that of the last.
            found.update({f"{path}:{port}": value.source for port, value in fold.outputs.items()})
            found[path] = next(iter(fold.outputs.values())).source
    for place in layout.places:
        found.update({source: source for source in place.produced})
        found[place.path] = place.produced[0]
    return {name: name for name in layout.inputs} | found


@dataclass(slots=True)
class _Frame:
    """One repetition of a block that is being walked through; the outermost has no block."""

    scope: Scope
    prefix: str
    given: dict[str, Value]
    block: Block | None = None
    index: int = 0
    known: dict[str, dict[str, Value]] = field(default_factory=dict)
    position: int = 0
    first_place: int = 0
    first_fold: int = 0

    def __post_init__(self) -> None:
        self.known = {name: {name: value} for name, value in self.given.items()}


class _Walk:
    """The walk itself: a stack of frames and what has been found so far."""

    def __init__(self, layout: Layout, problems: Problems, fold: bool) -> None:
        self.layout = layout
        self.problems = problems
        self.fold = fold
        self.frames: list[_Frame] = []
        self.entered = 0

    def run(self, scope: Scope, given: dict[str, Value]) -> None:
        self.frames.append(_Frame(scope, "", given))
        while self.frames:
            frame = self.frames[-1]
            if self.entered + len(self.layout.places) > MAXIMUM_PLACES:
                message = f"Written out, this has more than {MAXIMUM_PLACES:,} different layers: too many."
                self.problems.add("", message)
                self.layout.places.clear()  # a part of the counts would be no answer
                self.layout.folds.clear()
                return
            if frame.position == len(frame.scope.order):
                self.frames.pop()
                self.leave(frame)
                continue
            part = frame.scope.order[frame.position]
            frame.position += 1
            if isinstance(part, Node):
                frame.known[part.id] = self.place(frame, part)
            else:
                self.enter(frame, part, self.gather(frame, part), 0)

    def gather(self, frame: _Frame, block: Block) -> dict[str, Value]:
        """Find what feeds each input of a block; one that is not connected is unknown."""
        where = frame.scope.prefix + block.id
        given = {
            name: self.look(frame, reference, where) for name, reference in block.inputs.items()
        }
        return {name: given.get(name, Value(name, None)) for name in block.block.inputs}

    def enter(self, outside: _Frame, block: Block, given: dict[str, Value], index: int) -> None:
        """Begin one repetition of a block."""
        self.entered += 1
        frame = _Frame(
            outside.scope.inside[block.id], enter(outside.prefix, block, index), given, block, index
        )
        frame.first_place, frame.first_fold = len(self.layout.places), len(self.layout.folds)
        self.frames.append(frame)

    def leave(self, frame: _Frame) -> None:
        """Go on with the next repetition that differs, or hand the outputs to what stands outside."""
        outputs = {
            name: self.look(frame, reference, frame.scope.prefix + name)
            for name, reference in frame.scope.outputs.items()
        }
        if frame.block is None:
            self.layout.outputs = outputs
            return
        outside, block = self.frames[-1], frame.block
        following = {name: outputs.get(name, value) for name, value in frame.given.items()}
        alike = all(
            value.spec in (frame.given[name].spec, None) for name, value in following.items()
        )
        left = (block.repeat or 1) - frame.index
        count = left if self.fold and alike else 1
        first = None if block.repeat is None else frame.index
        for place in self.layout.places[frame.first_place :]:
            place.repeat *= count
        for inner in self.layout.folds[frame.first_fold :]:
            inner.repeat *= count
        self.layout.folds.append(
            Fold(outside.prefix + block.id, first, count, frame.given, outputs)
        )
        if count == left:
            outside.known[block.id] = outputs
        else:
            self.enter(outside, block, following, frame.index + 1)

    def look(self, frame: _Frame, reference: str, where: str) -> Value:
        """Find what a reference stands for; unknown if that is missing, which is reported elsewhere, or broken."""
        name, _, port = reference.partition(":")
        ports = frame.known.get(name, {})
        if not ports or (port and port not in ports):
            if ports:
                message = f"`{name}` has no output `{port}`. It has: {', '.join(f'`{p}`' for p in ports)}."
                self.problems.add(where, message)
            return Value(reference, None)
        return ports[port] if port else next(iter(ports.values()))

    def place(self, frame: _Frame, node: Node) -> dict[str, Value]:
        """Ask a layer what it makes of what it is given."""
        layer, where, path = node.layer, frame.scope.prefix + node.id, frame.prefix + node.id
        wires = frame.scope.wires[node.id]
        values = tuple(
            None if source is None else self.look(frame, source, where) for _, source in wires
        )
        place = Place(path, layer, tuple(port for port, _ in wires), values)
        if place.connected:
            try:
                place.outputs, place.fits = layer.outputs(*place.specs), True
            except LayerError as error:
                place.outputs = error.instead or {}
                insert = None if error.remedy else insertion(layer, place.specs)
                self.problems.add(where, str(error), error.remedy, insert)
            except ValidationError:
                self.problems.add(
                    where, "This would have an axis of more than 2^53 numbers, or more than 8 axes."
                )
        self.layout.places.append(place)
        named = zip(place.produced, place.outputs.items(), strict=True)
        return {port: Value(source, spec) for source, (port, spec) in named}
