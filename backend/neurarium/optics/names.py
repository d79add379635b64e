"""What the numbers that flow into a network are called."""

from neurarium.dataset import Dataset
from neurarium.plane import PlaneDataset


def name(dataset: Dataset, source: str, number: int) -> str:
    """Name one number of a source: a feature of the plane, or the source with its index."""
    if isinstance(dataset, PlaneDataset) and source in dataset.inputs():
        return dataset.features[number]
    return f"{source}.{number}"
