"""The most memory that a network takes while it is trained or used, in plain integers: its plan, run with sizes.

What stands for a tensor here is let go when the tensor would be, as both are held by the same plan. Python counts
references exactly, and frees at once what nobody holds: torch relies on that, and so does this.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

from neurarium_models.footprint import Footprint
from neurarium_models.layout import Layout, Place
from neurarium_models.plan import make_plan
from neurarium_models.tensor import TensorSpec

SINGLE = 4
"""Bytes of a number in float32."""
IMAGE = 3
"""Axes of an image: channels, rows, columns."""
OTHERS = {"int64": 8, "bool": 1}
"""Bytes of what does not follow the run's precision."""


class Peak(NamedTuple):
    """Bytes at the moment when most are taken."""

    total: int
    gradients: int
    """Those of parameters, as far as they were there at that moment."""


class Ledger:
    """How much is taken now, and was at most."""

    def __init__(self) -> None:
        self.now = self.gradients = 0
        self.peak = Peak(0, 0)

    def note(self, moment: int = 0) -> None:
        """Remember this moment, in which so much is there besides, if it is the highest so far."""
        if self.now + moment > self.peak.total:
            self.peak = Peak(self.now + moment, self.gradients)

    def add_gradients(self, size: int) -> None:
        """Take what stays until the next step."""
        self.now += size
        self.gradients += size


class Piece:
    """Some memory, for as long as anybody holds it."""

    __slots__ = ("ledger", "size")

    def __init__(self, ledger: Ledger, size: int) -> None:
        self.ledger, self.size = ledger, size
        ledger.now += size

    def __del__(self) -> None:
        self.ledger.now -= self.size


class Value(NamedTuple):
    """What stands for a tensor."""

    piece: Piece
    size: int
    number: int | None
    """Under which its gradient arrives; none: it has none."""
    turned: bool
    """Whether it is a batch of images with the channels of each pixel side by side."""


class Node(NamedTuple):
    """What the backward pass knows of a layer."""

    results: list[int | None]
    """Numbers of what came out."""
    inputs: list[tuple[int, int]]
    """Number and bytes of each input that a gradient goes to."""
    kept: list[Piece]
    moment: int
    alone: int
    """Bytes of it that are there for the weights' sake, even where no gradient goes on: those of a convolution."""
    straight: bool
    spreads: bool
    turned: bool
    """Whether it convolves images that lie turned: then the gradient that arrives must lie so too."""
    learned: int
    """Bytes of the gradients that its parameters get."""


@dataclass
class Walk:
    """One pass of so many examples through a network; a number takes 4 bytes, or 8 in float64."""

    layout: Layout
    inputs: Mapping[str, TensorSpec]
    examples: int
    number: int = SINGLE
    training: bool = True
    penalty: int = 0
    """Numbers for each weight that the gradient of a penalty takes; 0: there is none."""
    ledger: Ledger = field(default_factory=Ledger)
    tape: list[Node] = field(default_factory=list)
    numbered: int = 0

    def run(self) -> Peak:
        """Go forward, and back in training; say how much it takes besides parameters and inputs."""
        computes: dict[str, Callable[..., Any]] = {
            place.path: partial(self.compute, place) for place in self.layout.places
        }
        asked = {value.source for value in self.layout.outputs.values()}
        plan = make_plan(self.layout.places, computes, self.layout.inputs, asked)
        given = {
            name: Value(Piece(self.ledger, 0), 0, None, self.inputs[name].shape[:-2] == (1,))
            for name, _ in plan.inputs  # a channel alone lies either way
        }
        values = plan.run(given)
        outputs = [values[slot] for slot in plan.results.values()]
        del values
        self.ledger.note(sum(value.size for value in outputs))  # losses and metrics
        if self.training:
            self.go_back({value.number: value.size for value in outputs})
        return self.ledger.peak

    def compute(self, place: Place, *inputs: Value | None) -> Value | tuple[Value, ...]:
        """Take what a layer takes, and note down what its backward pass needs."""
        has = place.layer.footprint(*place.specs)
        given = [value for value in inputs if value is not None]
        counts = [*map(math.prod, place.layer.parameter_shapes(*place.specs).values())]
        learns = self.training and (bool(counts) or any(v.number is not None for v in given))
        forward, backward = self.moments(has, given)
        kept = [Piece(self.ledger, self.bytes(has.kept if learns else 0))]
        results = [self.result(place, has, given, spec) for spec in place.outputs.values()]
        if results[0].piece not in [value.piece for value in given]:
            self.ledger.note(max(0, forward - kept[0].size))
        if not learns:
            return results[0] if len(results) == 1 else tuple(results)
        for at in range(len(results)):
            self.numbered += 1
            results[at] = results[at]._replace(number=self.numbered)
        node = Node(
            results=[value.number for value in results],
            inputs=[(v.number, v.size) for v in given if v.number is not None],
            kept=kept
            + [value.piece for value in given if has.inputs]
            + [value.piece for value in results if has.output],
            moment=backward,
            alone=backward if has.turns else 0,
            straight=has.straight,
            spreads=has.spreads,
            turned=has.turns and all(value.turned for value in given),
            learned=self.number * sum(counts),
        )
        self.tape.append(node)
        return results[0] if len(results) == 1 else tuple(results)

    def result(self, place: Place, has: Footprint, given: list[Value], spec: TensorSpec) -> Value:
        """Take the memory of what comes out, or find whose it shares."""
        size = self.examples * size_of(spec, self.number)
        before = place.specs[0]
        is_turned = all(value.turned for value in given)
        if has.view and before is not None:
            is_same = spec.shape == before.shape
            # What lies the other way must be copied before it can be seen as something else.
            copied = is_turned and not is_same and before.shape[0] > 1
            piece = Piece(self.ledger, size) if copied else given[0].piece
            return Value(piece, size, None, is_turned and is_same)
        if has.idle and not self.training:
            return Value(given[0].piece, size, None, is_turned)
        forgets = has.forgets
        if forgets is None:
            forgets = place.layer.elementwise or place.layer.variadic
        is_turned &= len(spec.shape) == IMAGE and not (forgets and spec.shape[0] == 1)
        return Value(Piece(self.ledger, size), size, None, is_turned)

    def go_back(self, outputs: dict[int | None, int]) -> None:
        """Walk the tape backwards, letting go of what was kept; gradients of the parameters stay."""
        ledger = self.ledger
        if self.penalty:
            weights = self.number * sum(map(weights_of, self.layout.places))
            ledger.note(self.penalty * weights)
            ledger.now += weights  # the penalty's gradients, to which the others are added
        arriving = {number: (Piece(ledger, size), False) for number, size in outputs.items()}
        spread: set[int | None] = set()  # numbers whose gradient lies map by map
        while self.tape:
            node = self.tape.pop()
            gradients = [arriving.pop(number)[0] for number in node.results if number in arriving]
            if not gradients:
                continue
            ledger.add_gradients(node.learned)
            ledger.note(node.alone)
            if node.turned and spread.intersection(node.results):
                ledger.note(gradients[0].size)  # it is copied, to lie turned
            if node.spreads:
                spread.update(number for number, _ in node.inputs)
            for number, size in node.inputs:
                shared = node.straight and size <= gradients[0].size
                gradient = gradients[0] if shared else Piece(ledger, size)
                ledger.note(node.moment)
                if number in arriving:  # they are added up, in place where nobody else holds one
                    first, is_held = arriving[number]
                    gradient, shared = (Piece(ledger, size) if is_held else first), False
                    ledger.note()
                arriving[number] = (gradient, shared)
            ledger.note()

    def moments(self, has: Footprint, given: list[Value]) -> tuple[int, int]:
        """Count what is there while a layer computes, forwards and backwards."""
        if has.windows is not None and self.number > SINGLE:
            return self.bytes(has.windows), self.bytes(has.windows)
        if has.turns and all(value.turned for value in given):
            return 0, 0
        return self.bytes(has.moment), self.bytes(has.backward)

    def bytes(self, numbers: int) -> int:
        """Count the bytes of some numbers for each example."""
        return self.examples * self.number * numbers


def size_of(spec: TensorSpec, number: int) -> int:
    """Count the bytes of one example."""
    return spec.size * OTHERS.get(spec.dtype, number)


def weights_of(place: Place) -> int:
    """Count the parameters of a layer that a penalty counts: matrices and kernels, not biases."""
    shapes = place.layer.parameter_shapes(*place.specs).values()
    return sum(math.prod(shape) for shape in shapes if len(shape) > 1)
