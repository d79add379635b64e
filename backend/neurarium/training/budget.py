"""How much memory a run takes at its peak, estimated in plain integers and without torch."""

from typing import NamedTuple

from neurarium.dataset import ClassTarget, RealTarget
from neurarium.training.job import Job
from neurarium_models.inspect import Inspection
from neurarium_models.layout import lay_out
from neurarium_models.peak import Peak, Walk, largest_of, size_of

LARGEST_EVALUATION = 1024
"""Examples that go through the network at once when whole sets are evaluated."""
GATHER_AT_ONCE = 32 * 2**20
"""Up to this many bytes, a whole epoch is put in order at its start: slicing it is cheaper than indexing each batch."""
NUMBERS = {"float32": 4, "float64": 8}
"""Bytes of a number."""


class Budget(NamedTuple):
    """Bytes at the moment of a run when most are taken, and what they are for."""

    parameters: int
    optimizer: int
    """What it remembers from step to step."""
    data: int
    """The examples, the same in this epoch's order, and both sets together."""
    gradients: int
    rest: int
    """What layers put out and keep, and what is there for a moment."""
    moment: str
    """When that is, as a part of a sentence."""

    @property
    def total(self) -> int:
        """All of it."""
        return self.parameters + self.optimizer + self.data + self.gradients + self.rest


def estimate(job: Job, inspection: Inspection) -> Budget:
    """Find the highest of three moments: a batch is learned, the weights are moved, whole sets are evaluated."""
    number = NUMBERS[job.precision]
    parameters = number * inspection.parameters
    train, held_out = job.dataset.sizes()
    batch, chunk = job.batch.count(train), min(train + held_out, LARGEST_EVALUATION)
    layout = lay_out(job.graph, fold=False)
    learning = Walk(
        layout, job.graph.inputs, batch, number, penalty=job.regulariser.works_with
    ).run()
    largest = number * max(map(largest_of, layout.places), default=0)
    moved = parameters + job.optimizer.works_with * largest
    evaluating = (
        parameters + Walk(layout, job.graph.inputs, chunk, number, training=False).run().total
    )
    peaks = {
        f"a batch of {batch:,} is learned": learning,
        "the weights are moved": Peak(moved, parameters),
        f"{chunk:,} examples at once are evaluated": Peak(evaluating, parameters),
    }
    moment, peak = max(peaks.items(), key=lambda item: item[1].total)
    return Budget(
        parameters=parameters,
        optimizer=job.optimizer.remembers * parameters,
        data=_data(job, number, batch),
        gradients=peak.gradients,
        rest=peak.total - peak.gradients,
        moment=moment,
    )


def _data(job: Job, number: int, batch: int) -> int:
    """Count what lies there all the time."""
    target = job.dataset.target()
    example = sum(size_of(spec, number) for spec in job.dataset.inputs().values())
    example += 8 if isinstance(target, ClassTarget) else 0
    example += number * target.width if isinstance(target, RealTarget) else 0
    train, held_out = job.dataset.sizes()
    gathered = train if train * example <= GATHER_AT_ONCE else batch
    return example * (train + (train + held_out) + (gathered if batch < train else 0))
