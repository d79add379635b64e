"""How much memory a run takes at its peak, estimated in plain integers and without torch."""

import math
from collections.abc import Iterator
from typing import NamedTuple

from neurarium.dataset import ClassTarget, RealTarget
from neurarium.training.job import Job
from neurarium_models.inspect import Inspection
from neurarium_models.layout import lay_out
from neurarium_models.peak import Peak, Walk, size_of

LARGEST_EVALUATION = 1024
"""Examples that go through the network at once when whole sets are evaluated."""
LARGEST_READING = 256
"""The same where examples are sentences: layers compute much for each word, and similar lengths stay together."""
GATHER_AT_ONCE = 32 * 2**20
"""Up to this many bytes, a whole epoch is put in order at its start: slicing it is cheaper than indexing each batch."""
WALKED = 1000
"""Layers up to which every tensor is followed; of deeper networks outputs are counted, as an answer must not wait."""
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


def evaluated_at_once(job: Job) -> int:
    """Say how many examples go through the network at once when whole sets are evaluated, at most."""
    return LARGEST_READING if job.graph.reads_tokens else LARGEST_EVALUATION


def estimate(job: Job, inspection: Inspection) -> Budget:
    """Find the highest of three moments: a batch is learned, the weights are moved, whole sets are evaluated."""
    number = NUMBERS[job.dtype]
    parameters = number * inspection.parameters
    train, held_out = job.dataset.sizes()
    batch, chunk = job.batch.count(train), min(train + held_out, evaluated_at_once(job))
    is_deep = inspection.layers > WALKED
    learning, looking = (_count if is_deep else _walk)(job, inspection, batch, chunk)
    largest = max(math.prod(shape) for shape in _shapes(inspection))
    if job.precision == "bf16":  # each weight is there once more, in half as many bytes
        learning = Peak(learning.total + parameters // 2, learning.gradients)
    peaks = {
        f"a batch of {batch:,} is learned": learning,
        "the weights are moved": Peak(
            parameters + number * job.optimizer.works_with * largest, parameters
        ),
        f"{chunk:,} examples at once are evaluated": Peak(parameters + looking, parameters),
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


def _walk(job: Job, inspection: Inspection, batch: int, chunk: int) -> tuple[Peak, int]:
    """Follow every tensor: the peak while a batch is learned, and what layers take while a chunk is evaluated."""
    number, layout = NUMBERS[job.dtype], lay_out(job.graph, fold=False)
    inputs, penalty = job.graph.inputs, job.regulariser.works_with
    learning = Walk(layout, inputs, batch, number, penalty=penalty).run()
    return learning, Walk(layout, inputs, chunk, number, training=False).run().total


def _count(job: Job, inspection: Inspection, batch: int, chunk: int) -> tuple[Peak, int]:
    """Say the same of a network too deep to be followed: every output is kept, and two are there in use."""
    wider = NUMBERS[job.dtype] // NUMBERS["float32"]
    kept = wider * batch * inspection.memory.activations
    largest = max(node.activation_bytes for node in inspection.nodes)
    return Peak(kept, 0), 2 * wider * chunk * largest


def _shapes(inspection: Inspection) -> Iterator[tuple[int, ...]]:
    for node in inspection.nodes:
        yield from node.parameter_shapes.values()


def _data(job: Job, number: int, batch: int) -> int:
    """Count what lies there all the time."""
    target = job.dataset.target()
    example = sum(size_of(spec, number) for spec in job.dataset.inputs().values())
    example += 8 if isinstance(target, ClassTarget) else 0
    example += number * target.width if isinstance(target, RealTarget) else 0
    train, held_out = job.dataset.sizes()
    gathered = train if train * example <= GATHER_AT_ONCE else batch
    return example * (train + (train + held_out) + (gathered if batch < train else 0))
