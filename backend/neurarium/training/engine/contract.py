"""The contract of every engine: the gradient of one batch, and the step that the optimiser makes of it."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from neurarium.training.stream import Plan, Tensors

Memory = dict[str, dict[str, Any]]
"""What an optimiser remembers: by parameter path, then by name."""


class Outcome(NamedTuple):
    """What a batch costs before the step."""

    losses: Tensor
    """One for each example; they may be overwritten by the next."""
    loss: float
    """Their mean."""
    penalty: float


class Engine(ABC):
    """One way to compute a step of one network for one job."""

    name: ClassVar[str]
    """What page and programs call it."""

    @abstractmethod
    def forward(self, batch: Tensors) -> dict[str, Tensor]:
        """Compute all outputs, by name, in the mode in which the network is."""

    @abstractmethod
    def backward(self, batch: Tensors, step: int) -> Outcome:
        """Compute the gradients. What layers draw at random depends on the job's seed and the step alone."""

    @abstractmethod
    def update(self, lr: float) -> None:
        """Let the optimiser move all parameters by those gradients."""

    @abstractmethod
    def gradients(self) -> dict[str, Tensor]:
        """The gradients that `backward` has computed, by parameter path; they may be overwritten by the next."""

    @abstractmethod
    def memory(self) -> Memory:
        """What the optimiser remembers, as it is: not copied."""

    @abstractmethod
    def remember(self, memory: Memory) -> None:
        """Give the optimiser copies of what it, or its predecessor, remembered."""


class Burst(NamedTuple):
    """What some steps at one stroke have cost, each before it was taken."""

    taken: int
    """How many of the planned steps; fewer where loss or penalty of the next are not finite."""
    losses: NDArray[np.float64]
    penalties: NDArray[np.float64]


class Repeating(ABC):
    """An engine that takes many steps at one call: the very steps that it would take one by one."""

    abreast: ClassVar[bool] = False
    """Whether one call takes the steps of many replicas."""

    @abstractmethod
    def burst(self, examples: Tensors, plan: Plan, lrs: NDArray[np.float64]) -> Burst:
        """Take the steps of a plan over all examples, each at its learning rate."""
