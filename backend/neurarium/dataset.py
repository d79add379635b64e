"""The contract of every dataset: settings and a seed become examples, always the same ones, by NumPy alone."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from neurarium_models.tensor import TensorSpec
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

Arrays = dict[str, NDArray[Any]]
"""Named tensors with the examples along the first axis. A mask of `x` is called `x_mask`, bool, True where `x` holds."""


class ClassTarget(BaseModel):
    """Each example belongs to one of some classes; `y` holds its index as int64."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: Literal["class"] = "class"
    names: tuple[str, ...] = Field(description="What the classes are called, by index.")


class RealTarget(BaseModel):
    """Each example has real numbers to be met; `y` is float, examples × `width`."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: Literal["real"] = "real"
    width: int = Field(default=1, ge=1, description="How many numbers.")


class InputTarget(BaseModel):
    """What is to be learned is found in the inputs themselves (the next token, the masked word, the pair's other half)."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: Literal["input"] = "input"


Target = Annotated[ClassTarget | RealTarget | InputTarget, Field(discriminator="kind")]


@dataclass(frozen=True)
class Split:
    """Examples of one purpose: `ids` (int64, unique in the dataset, kept when others come or go) and named arrays.

    A split in the plane also has `position` (examples × 2, float64) among its arrays: where a person sees the point,
    whatever features of it the network is given.
    """

    ids: NDArray[np.int64]
    arrays: Arrays

    def __len__(self) -> int:
        """Count the examples."""
        return len(self.ids)


@dataclass(frozen=True)
class Examples:
    """A dataset that was drawn: what trains the network, and what was held out."""

    train: Split
    validation: Split


class Dataset(BaseModel, ABC):
    """One source of examples. Fields are its settings; the docstring is the help text that a learner reads."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    title: ClassVar[str]
    """What the recipe's sentence calls it: `circles`."""

    @abstractmethod
    def inputs(self) -> dict[str, TensorSpec]:
        """Describe what a network for this dataset is given."""

    @abstractmethod
    def target(self) -> Target:
        """Say what is to be learned."""

    @abstractmethod
    def draw(self, seed: int) -> Examples:
        """Make the examples; the same settings and seed give the same bits. Training and held-out sets share none."""
