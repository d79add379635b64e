"""A network's inputs follow the data where only the number of features is another; the web process asks too."""

from neurarium.dataset import Dataset
from neurarium.training.job import Job


def feature_names(dataset: Dataset) -> tuple[str, ...]:
    """What the numbers of a dataset's input are called; none where they have no names."""
    return tuple(getattr(dataset, "features", ()))


def fit_graph(job: Job) -> Job:
    """Give the network the input widths that the data have, where only the number of features is another."""
    offered = job.dataset.inputs()
    inputs = {
        name: offered[name]
        if name in offered and offered[name].axes == spec.axes == ("D",)
        else spec
        for name, spec in job.graph.inputs.items()
    }
    if inputs == job.graph.inputs or not feature_names(job.dataset):
        return job
    return job.model_copy(update={"graph": job.graph.model_copy(update={"inputs": inputs})})
