"""The contract of every probe: what can be looked at in a run, as small arrays that are ready to draw.

A probe is computed from a `View`, the state of a run at one step: the live run, or one rebuilt from a snapshot.
It never changes that state. The same probes serve the socket, REST and every view, at the present and at past steps.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from neurarium.capture.document import Extent
    from neurarium.training.view import View

Scale = Literal["unit", "node", "network", "fixed"]
"""Over what `lo` and `hi` were taken: each unit or map, the whole node, the whole network, or a fixed range."""
WireType = Literal["uint8", "float32", "float64", "int32"]

NodePath = str


@dataclass(frozen=True)
class Reading:
    """The one computed sentence that a picture says: the key of a message and its values; the page holds the words."""

    key: str
    values: dict[str, float | int | str]


@dataclass(frozen=True)
class Picture:
    """One array, ready to draw.

    `values` are the true numbers. On the wire they become `dtype`: `uint8` is the linear scale from `lo` to `hi`
    (symmetric about zero for signed quantities), meant for colours; numbers that people read travel as floats.
    """

    name: str
    node: NodePath
    axes: tuple[str, ...]
    values: NDArray[Any]
    dtype: WireType = "float32"
    scale: Scale = "node"
    lo: float | tuple[float, ...] = 0.0
    hi: float | tuple[float, ...] = 1.0
    """Ends of the scale; one for each index of the first axis where the scale is `unit`."""


@dataclass(frozen=True)
class Frame:
    """Everything that one probe answers at one step: its pictures belong together and are drawn together."""

    step: int
    pictures: tuple[Picture, ...]
    reading: Reading | None = None
    example: int | None = None
    replica: int | None = None
    details: dict[str, Any] = field(default_factory=dict)
    """Small JSON facts beside the arrays: names of features, classes, a diagnosis."""


class ProbeError(ValueError):
    """This probe has no answer for this run, node or example: a sentence for a learner."""


class Probe(BaseModel, ABC):
    """One way of looking. Fields are its settings; the docstring is the help text.

    A subclass is final and has `kind: Literal["name"] = "name"`, its name everywhere.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    rate: ClassVar[float] = 10.0
    """Frames per second that a watching page is given at most."""
    observes_step: ClassVar[bool] = False
    """Whether it needs what only a step being taken can tell: the minibatch, gradients, updates."""
    says: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    """The sentences it can say: the last word of their keys (`health.` + `learning`), and the names of their values."""

    kind: str
    node: NodePath | None = Field(
        default=None,
        max_length=400,
        description="Where in the network; none: wherever it applies.",
    )
    example: int | None = Field(
        default=None, ge=0, le=2**53, description="Id of the pinned example."
    )

    @property
    def is_long(self) -> bool:
        """Whether asking for it once may take long: then it is computed in a process of its own, on a copy.

        Such a probe sees the weights and the data; not the step being taken, and no past.
        """
        return False

    @property
    def executes(self) -> "Extent | None":
        """Of what the captured step is that it executes, if it does; the view then has it."""
        return None

    @abstractmethod
    def look(self, view: "View") -> Frame:
        """Compute the pictures at the view's step, or raise ProbeError saying why there is none."""

    def say(self, sentence: str, **values: float | int | str) -> Reading:
        """Say one of the probe's sentences."""
        if tuple(values) != self.says[sentence]:
            raise TypeError(
                f"{self.kind}.{sentence} is made of {self.says[sentence]}, not of {tuple(values)}."
            )
        return Reading(f"{self.kind}.{sentence}", values)


def symmetric(values: NDArray[Any]) -> float:
    """Find the largest finite magnitude, so that a signed map has its zero colour at zero; 1 where all is zero."""
    finite = np.abs(values[np.isfinite(values)])
    return float(finite.max(initial=0.0)) or 1.0


def signed(
    name: str,
    node: NodePath,
    axes: tuple[str, ...],
    values: NDArray[Any],
    dtype: WireType = "float32",
    reach: float | None = None,
) -> Picture:
    """Make a picture of quantities with a sign: on a fixed scale from -reach to reach, or on the node's own."""
    end = symmetric(values) if reach is None else reach
    return Picture(name, node, axes, values, dtype, "node" if reach is None else "fixed", -end, end)


def marks(name: str, node: NodePath, axes: tuple[str, ...], values: NDArray[Any]) -> Picture:
    """Make a picture of small whole numbers (flags, classes, ids) that arrive as they are."""
    small = values.dtype.kind in "bu"
    return Picture(name, node, axes, values, "uint8" if small else "int32", "fixed", 0.0, 255.0)


def shares(
    name: str,
    node: NodePath,
    axes: tuple[str, ...],
    values: NDArray[Any],
    dtype: WireType = "float32",
) -> Picture:
    """Make a picture of quantities from 0 to 1: probabilities, pixels."""
    return Picture(name, node, axes, values, dtype, "fixed", 0.0, 1.0)


def amounts(name: str, node: NodePath, axes: tuple[str, ...], values: NDArray[Any]) -> Picture:
    """Make a picture of quantities from 0 up to the greatest of them: losses, sizes."""
    greatest = float(values[np.isfinite(values)].max(initial=0.0)) or 1.0
    return Picture(name, node, axes, values, "float32", "network", 0.0, greatest)
