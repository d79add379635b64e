"""A network follows data that have other features, longer sentences or other words; the web process asks too."""

from neurarium.dataset import Dataset
from neurarium.training.job import Job
from neurarium.training.words import fit_words
from neurarium_models.tensor import TensorSpec


def feature_names(dataset: Dataset) -> tuple[str, ...]:
    """What the numbers of a dataset's input are called; none where they have no names."""
    return tuple(getattr(dataset, "features", ()))


def fit_graph(job: Job, before: Dataset | None = None) -> Job:
    """Give the network the inputs that the data have, where only the number of features or of places is another.

    Where other data were `before`, what it has for every word of theirs becomes as many as there are words now.
    """
    offered = job.dataset.inputs()
    has_names = bool(feature_names(job.dataset))
    inputs = {
        name: offered[name]
        if name in offered and _follows(spec, offered[name], has_names)
        else spec
        for name, spec in job.graph.inputs.items()
    }
    graph = job.graph
    if inputs != graph.inputs:
        graph = graph.model_copy(update={"inputs": inputs})
    if before is not None:
        graph = fit_words(graph, before, job.dataset)
    return job if graph is job.graph else job.model_copy(update={"graph": graph})


def _follows(spec: TensorSpec, offered: TensorSpec, has_names: bool) -> bool:
    """Whether an input may become what is offered: named features, or tokens and their masks."""
    if offered.axes != spec.axes or offered.dtype != spec.dtype or len(spec.axes) != 1:
        return False
    return (has_names and spec.axes == ("D",)) or spec.dtype != "float32"
