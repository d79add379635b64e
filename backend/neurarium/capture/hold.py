"""What a job's tampering does to single wires of a small network."""

import numpy as np

from neurarium.training.job import Job
from neurarium.training.tampering import Gate, find_grips
from neurarium_models.layout import Place


class Hold:
    """By how much what flows back on a wire is multiplied: 1 where nothing is done to it, 0 where it is cut."""

    def __init__(self, job: Job) -> None:
        self.grips = find_grips(job.graph, job.tampering)

    def on_edge(self, place: Place, port: int, index: int, reader: int | None = None) -> float:
        """Say it for one number that a layer reads, for one unit of the layer or for what acts number by number."""
        grip = self.grips.get(place.path)
        if grip is None:
            return 1.0
        gates = [*grip.gates, *(grip.apart.get(reader, []) if reader is not None else [])]
        found = 1.0
        for gate in gates:
            if port in gate.ports and gate.unit in (None, _unit(place, port, gate, index)):
                found *= gate.factor
        return found

    def on_weight(self, parameter: str, index: tuple[int, ...]) -> float:
        """Say it for one number of a parameter, by its path in the layer that uses it."""
        path, _, name = parameter.rpartition(".")
        grip = self.grips.get(path)
        held = grip.weights.get(name, []) if grip else []
        return 0.0 if any(index[: len(each)] == each for each in held) else 1.0

    def wrong(self, path: str) -> str:
        """Name the wrong backward that is put into a layer; empty: none."""
        grip = self.grips.get(path)
        return grip.backward.kind if grip and grip.backward else ""


def _unit(place: Place, port: int, gate: Gate, index: int) -> int:
    spec = place.specs[port]
    return int(np.unravel_index(index, spec.shape)[gate.axis - 1]) if spec else 0
