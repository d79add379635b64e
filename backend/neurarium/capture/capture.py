"""Capturing a step: what autograd does with a job's network, loss and regulariser, as the document."""

from collections.abc import Mapping

from torch import Tensor

from neurarium.capture.document import Capture, Extent
from neurarium.capture.folds import folds_of
from neurarium.capture.key import key_of
from neurarium.training.job import Job
from neurarium.training.run import Run
from neurarium_models.network import Network

NETWORK = "network."


def capture_run(run: Run, extent: Extent) -> Capture:
    """Capture the next step of a run: of its minibatch, or of one example alone."""
    examples = run.job.batch.count(len(run.stream)) if extent == "minibatch" else 1
    batch = {name: tensor[:examples] for name, tensor in run.stream.tensors.items()}
    return capture(run.network, run.job, batch, extent)


def capture(network: Network, job: Job, batch: Mapping[str, Tensor], extent: Extent) -> Capture:
    """Capture a step; no number is read, so network and batch may be without any (FakeTensor)."""
    from neurarium.capture import joint
    from neurarium.capture.axes import name_axes
    from neurarium.capture.reading import read
    from neurarium.capture.step import Step, prepare

    examples = len(next(iter(batch.values())))
    prepare(network, examples)
    step = Step(network, job)
    handles = step.watch()
    try:
        traced = joint.trace(step, batch)
    finally:
        for handle in handles:
            handle.remove()
    reading = read(traced, step.scopes, NETWORK)
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
        gradients={
            name.removeprefix(NETWORK): reading.ids[node] for name, node in traced.gradients.items()
        },
    )
