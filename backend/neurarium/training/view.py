"""What a probe may see: the state of a run at one step, live or rebuilt from a snapshot. Looking changes nothing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from neurarium.dataset import Examples
from neurarium.training.job import Job

if TYPE_CHECKING:
    from torch import Tensor

    from neurarium.training.dropping import Dropped
    from neurarium.training.engine.contract import Memory
    from neurarium.training.state import State
    from neurarium.training.stream import Batch
    from neurarium_models.inspect import Inspection
    from neurarium_models.network import Network


@dataclass(frozen=True)
class Observation:
    """What only a step being taken can tell; it belongs to the step that led to the view's state.

    `gradients` are those of the loss with its penalty at the weights before the step, `updates` what the step added to
    each parameter; both by parameter path. `ids` are the examples of the minibatch in their order, `losses` each one's
    loss before the step; `dropped` by path what the dropout layers have done to them.
    """

    ids: NDArray[np.int64]
    losses: NDArray[np.float64]
    gradients: Mapping[str, "Tensor"]
    updates: Mapping[str, "Tensor"]
    lr: float
    dropped: Mapping[str, "Dropped"] = field(default_factory=dict)


@dataclass(frozen=True)
class Replay:
    """How a past step was computed again, and whether what came of it has the bits of the first time.

    From the snapshot for step `start` it went through the step that is shown on to `until`, where the whole state (all
    parameters, what the optimiser remembers, the place in the data) was compared by its SHA-256 with what was kept.
    """

    start: int
    until: int
    identical: bool


@dataclass(frozen=True)
class View:
    """A run at one step. `network` is in evaluation mode while a probe looks; parameters must not be changed."""

    job: Job
    step: int
    network: "Network"
    inspection: "Inspection"
    examples: Examples
    inputs: "Callable[[Mapping[str, NDArray[np.generic]]], dict[str, Tensor]]"
    """Bring arrays of examples (`examples.train.arrays`, or the dataset's encoding of positions) to the network's
    device and precision."""
    observation: Observation | None
    """None before the first step."""
    memory: "Callable[[], Memory] | None" = None
    """What the optimiser remembers, as it is: not to be changed. None where no optimiser is at hand."""
    past: "Callable[[str], tuple[NDArray[np.int64], list[Tensor]]] | None" = None
    """A parameter's value at each snapshot, by its path: steps and tensors. None where no snapshots are kept."""
    kept: "Callable[[], list[State]] | None" = None
    """The states that are kept of the past up to the view's step, oldest first. None where no snapshots are kept."""
    upcoming: "Callable[[int], Batch] | None" = None
    """The examples that the next step will see, as many as asked for: near the end of an epoch its last ones. None
    where only weights and data are known."""
    captured: 'Callable[[Literal["example", "minibatch"]], Any] | None' = None
    """The captured step (`capture.document.Capture`) of one or the other; ValueError says why there is none."""
    given: bool = False
    """Whether its weights were taken from elsewhere, last."""
    replay: "Callable[[], Replay | None] | None" = None
    """How this past step was computed again; it answers None for a step that was not: the present, the beginning."""
