"""The contract of datasets in the plane: points that a person sees, moves, relabels, adds and deletes."""

from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np
from neurarium_models.tensor import TensorSpec, features
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from neurarium.dataset import Arrays, ClassTarget, Dataset, Examples, RealTarget, Split

Positions = NDArray[np.float64]
"""Points × 2."""

DOMAIN = (-3.0, 3.0)
"""What is shown of the plane, in both directions."""

Feature = Literal["x1", "x2", "x1_squared", "x2_squared", "x1_x2", "sin_x1", "sin_x2"]
FEATURES: Mapping[Feature, Callable[[Positions, Positions], Positions]] = {
    "x1": lambda x1, x2: x1,
    "x2": lambda x1, x2: x2,
    "x1_squared": lambda x1, x2: x1**2,
    "x2_squared": lambda x1, x2: x2**2,
    "x1_x2": lambda x1, x2: x1 * x2,
    "sin_x1": lambda x1, x2: np.sin(2 * x1),
    "sin_x2": lambda x1, x2: np.sin(2 * x2),
}
"""What a network may be told of a point; sines have a period of π, two waves across the plane."""

Coordinate = Annotated[float, Field(ge=-1e3, le=1e3, allow_inf_nan=False)]


class PointEdit(BaseModel):
    """The whole final state of one point that a person touched. An id that no point has makes a new one."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    id: int = Field(ge=0, le=2**31, description="Which point.")
    x1: Coordinate = Field(description="Where it is, to the right.")
    x2: Coordinate = Field(description="Where it is, upwards.")
    label: Coordinate = Field(description="Its class by index, or its target value.")
    held_out: bool = Field(default=False, description="Whether it is kept back to measure with.")
    deleted: bool = Field(default=False, description="Whether it is gone.")


class PlaneDataset(Dataset):
    """Points in the plane, from -3 to 3 in both directions."""

    exact: ClassVar[int] = 0
    """How many of the first points the noise leaves alone."""

    samples: int = Field(default=240, ge=2, le=5000, description="How many points are drawn.")
    noise: float = Field(default=0.1, ge=0, le=2, description="How far each point is pushed at random.")
    validation: float = Field(
        default=1 / 3, ge=0.05, le=0.9, description="Share of the points that is held out to measure with."
    )
    features: tuple[Feature, ...] = Field(
        default=("x1", "x2"), min_length=1, max_length=7, description="What the network is told of a point."
    )
    edits: tuple[PointEdit, ...] = Field(
        default=(), max_length=512, description="Points that a person touched, each as it is now."
    )

    @abstractmethod
    def sample(self, rng: np.random.Generator) -> tuple[Positions, NDArray[Any]]:
        """Draw `samples` positions, before the noise, and their labels (int64) or targets (float64)."""

    def inputs(self) -> dict[str, TensorSpec]:
        """One number for each feature."""
        return {"x": features(len(self.features))}

    def encode(self, positions: Positions) -> Arrays:
        """Compute what the network is told of any positions (points × 2)."""
        x1, x2 = positions[:, 0], positions[:, 1]
        return {"x": np.stack([FEATURES[name](x1, x2) for name in self.features], axis=1)}

    def draw(self, seed: int) -> Examples:
        """Draw the points, push them by the noise, then let the edits have the last word.

        Noise and edits leave all other draws as they are, so that points keep their ids and glide.
        """
        positions, labels = self.sample(np.random.default_rng((seed, 1)))
        push = self.noise * np.random.default_rng((seed, 2)).standard_normal(positions.shape)
        push[: self.exact] = 0
        held_out = np.arange(self.samples) >= self.samples - max(1, round(self.samples * self.validation))
        return self._split(*self._edited(np.arange(self.samples), positions + push, labels, held_out))

    def with_edit(self, edit: PointEdit) -> Self:
        """Return the dataset with one point as the edit says; an earlier edit of that point is forgotten."""
        edits = (*(old for old in self.edits if old.id != edit.id), edit)
        return self.model_validate({**self.model_dump(), "edits": [e.model_dump() for e in edits]})

    def _edited(
        self, ids: NDArray[np.int64], positions: Positions, labels: NDArray[Any], held_out: NDArray[np.bool_]
    ) -> tuple[NDArray[np.int64], Positions, NDArray[Any], NDArray[np.bool_]]:
        """Put edited points in the place of the drawn ones, and new ones behind them."""
        last = {edit.id: edit for edit in self.edits}
        untouched = ~np.isin(ids, list(last))
        edits = [edit for edit in sorted(last.values(), key=lambda edit: edit.id) if not edit.deleted]
        all_ids = np.concatenate([ids[untouched], np.array([edit.id for edit in edits], dtype=np.int64)])
        order = np.argsort(all_ids, kind="stable")
        moved = np.array([(edit.x1, edit.x2) for edit in edits]).reshape(-1, 2)
        relabelled = np.array([edit.label for edit in edits], dtype=labels.dtype)
        kept_back = np.array([edit.held_out for edit in edits], dtype=bool)
        return (
            all_ids[order],
            np.concatenate([positions[untouched], moved])[order],
            np.concatenate([labels[untouched], relabelled])[order],
            np.concatenate([held_out[untouched], kept_back])[order],
        )

    def _split(
        self, ids: NDArray[np.int64], positions: Positions, labels: NDArray[Any], held_out: NDArray[np.bool_]
    ) -> Examples:
        target = labels if labels.dtype == np.int64 else labels.reshape(len(labels), -1)
        arrays = {**self.encode(positions), "y": target, "position": positions}
        train, validation = (
            Split(ids[chosen], {name: array[chosen] for name, array in arrays.items()})
            for chosen in (~held_out, held_out)
        )
        return Examples(train, validation)


def two_classes() -> ClassTarget:
    """The target of datasets with two classes, t = -1 and t = +1."""
    return ClassTarget(names=("−1", "+1"))


def one_number() -> RealTarget:
    """The target of datasets with a height at each point."""
    return RealTarget(width=1)
