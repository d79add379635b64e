"""The numbers of a scalar graph, computed from the document: forward, backward, and each slope on the way."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from neurarium.capture.gates import Gate, gate
from neurarium.capture.scalars import ScalarGraph

Numbers = list[float]
Instead = Callable[[Numbers, Numbers], Mapping[int, float]]
"""Tells the slopes of a layer with a wrong backward, by edge, from all values and the gradients known by then."""


@dataclass(frozen=True)
class Reckoned:
    """Numbers in the order of the document. What flows back on an edge is gradients[to] · local[edge]."""

    values: Numbers
    gradients: Numbers
    local: Numbers


class Reckoner:
    """A scalar graph made ready to be computed many times, with float64 as Python has it."""

    def __init__(self, graph: ScalarGraph) -> None:
        places = {scalar.id: place for place, scalar in enumerate(graph.scalars)}
        self.size = len(places)
        self.loss = places[graph.loss]
        self.factors = [edge.factor for edge in graph.edges]
        self.calls: list[tuple[int, Gate, list[int], int, str]] = []
        first = 0
        for scalar in graph.scalars:
            if scalar.op:
                read = [places[x] for x in scalar.inputs]
                made = gate(scalar.op, scalar.constants)
                self.calls.append((places[scalar.id], made, read, first, scalar.node))
                first += len(read)

    def forward(self, given: Sequence[float]) -> Numbers:
        """Compute every number once; `given` has those that nothing is read for, in their places."""
        values = list(given)
        with np.errstate(all="ignore"):
            for place, made, read, *_ in self.calls:
                values[place] = made.value([values[x] for x in read])
        return values

    def reckon(
        self, given: Sequence[float], wrong: Mapping[str, Instead] | None = None
    ) -> Reckoned:
        """Compute all values, then all slopes, and add up what comes back; `wrong` has wrong backwards by node."""
        values = self.forward(given)
        gradients, local = [0.0] * self.size, list(self.factors)
        gradients[self.loss] = 1.0
        missing, instead = dict(wrong or {}), dict[int, float]()
        with np.errstate(all="ignore"):
            for place, made, read, first, node in reversed(self.calls):
                if node in missing:
                    # From behind, the sums of a layer come before all else of it: their gradients are whole.
                    instead.update(missing.pop(node)(values, gradients))
                row = made.slopes([values[x] for x in read], values[place])
                for edge, (x, slope) in enumerate(zip(read, row, strict=True), first):
                    # A cut is 0 whatever the slope, also where that is infinite.
                    local[edge] = local[edge] and instead.get(edge, slope) * local[edge]
                    gradients[x] += gradients[place] * local[edge]
        return Reckoned(values, gradients, local)
