"""A network's inputs follow the data where these have other features, or longer sentences; the web process asks too."""

from neurarium.dataset import Dataset
from neurarium.training.job import Job
from neurarium_models.tensor import TensorSpec


def feature_names(dataset: Dataset) -> tuple[str, ...]:
    """What the numbers of a dataset's input are called; none where they have no names."""
    return tuple(getattr(dataset, "features", ()))


def fit_graph(job: Job) -> Job:
    """Give the network the inputs that the data have, where only the number of features or of places is another."""
    offered = job.dataset.inputs()
    has_names = bool(feature_names(job.dataset))
    inputs = {
        name: offered[name]
        if name in offered and _follows(spec, offered[name], has_names)
        else spec
        for name, spec in job.graph.inputs.items()
    }
    if inputs == job.graph.inputs:
        return job
    return job.model_copy(update={"graph": job.graph.model_copy(update={"inputs": inputs})})


def _follows(spec: TensorSpec, offered: TensorSpec, has_names: bool) -> bool:
    """Whether an input may become what is offered: named features, or tokens and their masks."""
    if offered.axes != spec.axes or offered.dtype != spec.dtype or len(spec.axes) != 1:
        return False
    return (has_names and spec.axes == ("D",)) or spec.dtype != "float32"
