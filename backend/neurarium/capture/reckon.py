"""The numbers of a scalar graph, computed from the document: forward, backward, and each slope on the way."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from neurarium.capture.gates import gate
from neurarium.capture.scalars import ScalarGraph

Numbers = list[float]


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
        self.calls = [
            (
                places[scalar.id],
                gate(scalar.op, scalar.constants),
                [places[x] for x in scalar.inputs],
            )
            for scalar in graph.scalars
            if scalar.op
        ]

    def forward(self, given: Sequence[float]) -> Numbers:
        """Compute every number once; `given` has those that nothing is read for, in their places."""
        values = list(given)
        with np.errstate(all="ignore"):
            for place, made, read in self.calls:
                values[place] = made.value([values[x] for x in read])
        return values

    def reckon(self, given: Sequence[float]) -> Reckoned:
        """Compute all values, then all slopes, and add up what comes back."""
        values = self.forward(given)
        gradients, slopes = [0.0] * self.size, []
        gradients[self.loss] = 1.0
        with np.errstate(all="ignore"):
            for place, made, read in reversed(self.calls):
                row = made.slopes([values[x] for x in read], values[place])
                slopes.append(row)
                for x, slope in zip(read, row, strict=True):
                    gradients[x] += gradients[place] * slope
        return Reckoned(values, gradients, [slope for row in reversed(slopes) for slope in row])
