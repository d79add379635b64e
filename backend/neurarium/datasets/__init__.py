"""The shelf of datasets: one source, one file."""

from typing import TYPE_CHECKING

from neurarium.dataset import Dataset
from neurarium_models.shelf import discover, one_of

DATASETS = discover(__name__, Dataset)
"""Every kind of dataset, by its name."""

if TYPE_CHECKING:
    AnyDataset = Dataset
else:
    AnyDataset = one_of(DATASETS)
