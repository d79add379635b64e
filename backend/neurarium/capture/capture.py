"""Capturing a step: what torch does with a job's network, loss and regulariser, as the document."""

import logging
from collections.abc import Mapping

from torch import Tensor

from neurarium.capture.document import Capture, CaptureError, Extent
from neurarium.capture.folds import folds_of
from neurarium.capture.key import key_of
from neurarium.training.job import Job
from neurarium.training.run import Run
from neurarium_models.network import Network

LOGGER = logging.getLogger(__name__)
NETWORK = "network."
"""In front of the paths of what is in the network, as it is a member of the step."""


def capture_run(run: Run, extent: Extent) -> Capture:
    """Capture the next step of a run: of its minibatch, or of one example alone."""
    examples = run.job.batch.count(len(run.stream)) if extent == "minibatch" else 1
    batch = {name: tensor[:examples] for name, tensor in run.stream.tensors.items()}
    return capture(run.network, run.job, batch, extent)


def capture(network: Network, job: Job, batch: Mapping[str, Tensor], extent: Extent) -> Capture:
    """Capture a step, or raise CaptureError. Network and batch may be without numbers (FakeTensor): none is read."""
    from neurarium.capture.axes import name_axes
    from neurarium.capture.reading import read
    from neurarium.capture.step import in_training, trace

    examples = len(next(iter(batch.values())))
    try:
        with in_training(network, examples):
            step, traced = trace(network, job, batch)
    except (AssertionError, NotImplementedError, RuntimeError) as problem:
        LOGGER.error("a step cannot be traced", exc_info=problem)
        raise CaptureError(
            "This network does something on its way back that PyTorch's tracer cannot follow."
        ) from problem
    names = {number: path.removeprefix(NETWORK) for number, path in step.names.items()}
    reading = read(traced, step.scopes, names)
    name_axes(reading, network)
    return Capture(
        key=key_of(job, extent, examples),
        extent=extent,
        examples=examples,
        values=list(reading.values.values()),
        forward=reading.forward,
        backward=reading.backward,
        folds=folds_of(job.graph),
        loss=reading.ids[traced.loss],
        gradients={names[name]: reading.ids[node] for name, node in traced.gradients.items()},
    )
