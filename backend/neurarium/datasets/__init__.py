"""The shelf of datasets: one source, one file."""

from typing import TYPE_CHECKING

from neurarium_models.shelf import discover, one_of

from neurarium.dataset import Dataset

DATASETS = discover(__name__, Dataset)
"""Every kind of dataset, by its name."""

if TYPE_CHECKING:
    AnyDataset = Dataset
else:
    AnyDataset = one_of(DATASETS)
