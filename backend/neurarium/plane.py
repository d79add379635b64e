"""The contract of datasets made of points that a person sees, moves, relabels, adds and deletes."""

from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

from neurarium.dataset import (
    MAXIMUM_SAMPLES,
    Arrays,
    ClassTarget,
    Dataset,
    Examples,
    Numbers,
    split,
)
from neurarium_models.tensor import TensorSpec, features

Positions = Numbers
"""Points × 2. On a curve the second number is the height, which is the target."""
DOMAIN = (-3.0, 3.0)
"""What is shown, in both directions."""

Feature = Literal["x1", "x2", "x1_squared", "x2_squared", "x1_x2", "sin_x1", "sin_x2"]
FEATURES: Mapping[Feature, Callable[[Numbers, Numbers], Numbers]] = {
    "x1": lambda x1, x2: x1,
    "x2": lambda x1, x2: x2,
    "x1_squared": lambda x1, x2: x1**2,
    "x2_squared": lambda x1, x2: x2**2,
    "x1_x2": lambda x1, x2: x1 * x2,
    "sin_x1": lambda x1, x2: np.sin(x1),
    "sin_x2": lambda x1, x2: np.sin(x2),
}
"""What a network may be told of a point in the plane."""

Coordinate = Annotated[float, Field(ge=-1000, le=1000, allow_inf_nan=False)]


class PointEdit(BaseModel):
    """The whole final state of one point that a person touched. An id that no point has makes a new point."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    id: int = Field(
        ge=0, le=2**31, description="Which point. New ones are best numbered from 5000 on."
    )
    x1: Coordinate = Field(description="Where it is, to the right.")
    x2: Coordinate = Field(description="Where it is, upwards.")
    label: Coordinate = Field(
        description="Its class by index, or its target value. On a curve the target is where it is, upwards."
    )
    held_out: bool = Field(default=False, description="Whether it is kept back to measure with.")
    deleted: bool = Field(default=False, description="Whether it is gone.")


class Points(NamedTuple):
    """Points as they were drawn, before any edit."""

    positions: Positions
    labels: NDArray[np.int64] | Numbers
    """Classes by index (int64), or target values (float64)."""
    held_out: NDArray[np.bool_]


class PointDataset(Dataset):
    """Points in the plane, or points of a curve; a person may edit them."""

    height_is_target: ClassVar[bool] = False
    """Whether the second coordinate is what is to be learned, whatever a label says."""

    edits: tuple[PointEdit, ...] = Field(
        default=(), max_length=512, description="Points that a person touched, each as it is now."
    )

    @abstractmethod
    def points(self, seed: int) -> Points:
        """Draw the points. The same point keeps its row whatever the settings are; its row is its id."""

    @abstractmethod
    def encode(self, positions: Positions) -> Arrays:
        """Compute what the network is told of any positions (points × 2)."""

    def draw(self, seed: int) -> Examples:
        """Draw the points, then let the edits have the last word."""
        drawn = self.points(seed)
        edits = {edit.id: edit for edit in self.edits}
        untouched = ~np.isin(np.arange(len(drawn.labels)), list(edits))
        touched = [edit for edit in edits.values() if not edit.deleted]

        def merged(before: NDArray[Any], after: Any) -> NDArray[Any]:
            return np.concatenate([before[untouched], np.array(after, dtype=before.dtype)])

        ids = merged(np.arange(len(drawn.labels)), [edit.id for edit in touched])
        order = np.argsort(ids)
        moved = np.array([(edit.x1, edit.x2) for edit in touched]).reshape(-1, 2)
        positions = merged(drawn.positions, moved)[order]
        labels = merged(drawn.labels, [edit.label for edit in touched])[order]
        if self.height_is_target:
            labels = positions[:, 1]
        held_out = merged(drawn.held_out, [edit.held_out for edit in touched])[order]
        y = labels if labels.dtype == np.int64 else labels[:, None]
        return split(ids[order], self.encode(positions) | {"y": y, "position": positions}, held_out)

    def with_edit(self, edit: PointEdit) -> Self:
        """Return the dataset with one point as the edit says; what was said before of that point is forgotten."""
        others = [old for old in self.edits if old.id != edit.id]
        never_drawn = edit.id >= MAXIMUM_SAMPLES
        edits = others if edit.deleted and never_drawn else [*others, edit]
        return self.model_validate(
            self.model_dump() | {"edits": [edit.model_dump() for edit in edits]}
        )


class PlaneDataset(PointDataset):
    """Points in the plane, of which the network is told some features."""

    features: tuple[Feature, ...] = Field(
        default=("x1", "x2"),
        min_length=1,
        max_length=len(FEATURES),
        description="What the network is told of a point.",
    )

    def inputs(self) -> dict[str, TensorSpec]:
        """One number for each feature."""
        return {"x": features(len(self.features))}

    def encode(self, positions: Positions) -> Arrays:
        """Compute the features."""
        x1, x2 = positions[:, 0], positions[:, 1]
        return {"x": np.stack([FEATURES[name](x1, x2) for name in self.features], axis=1)}

    @model_validator(mode="after")
    def _features_differ(self) -> Self:
        for name in self.features:
            if self.features.count(name) > 1:
                raise ValueError(
                    f"The feature {name} is chosen {self.features.count(name)} times; once is enough."
                )
        return self


def numbered(classes: int) -> ClassTarget:
    """Name classes that have no names of their own: two are -1 and +1, more are counted from 1 on."""
    if classes == len(SIGNS):
        return ClassTarget(names=SIGNS)
    return ClassTarget(names=tuple(str(number + 1) for number in range(classes)))


SIGNS = ("−1", "+1")


def polar(radius: Numbers, angle: Numbers) -> Positions:
    """Turn radii and angles into positions."""
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
