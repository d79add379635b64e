"""The contract of every task: how a batch becomes losses and metrics, and how the trained network is used.

A task is plain data. torch is imported inside its methods: the web process validates tasks without it.
"""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from neurarium.dataset import Target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from neurarium_models.tensor import TensorSpec
    from torch import Tensor

    Tensors = Mapping[str, Tensor]
    LossFunction = Callable[[Tensor, Tensor], Tensor]
    """The job's loss: outputs and targets of a batch to one number per example (batch first, any replicas before it)."""

Use = Literal["classify", "predict", "translate", "caption", "continue", "fill", "retrieve", "answer"]


class TaskError(ValueError):
    """Network, dataset and task do not fit together: a sentence for a learner."""


class Task(BaseModel, ABC):
    """One way of asking something of a network. Fields are settings; the docstring is the help text."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    use: ClassVar[Use]
    """How the network is used, once trained."""
    losses_offered: ClassVar[tuple[str, ...]]
    """Kinds of loss (of the shelf of losses) that make sense here, the usual one first; none if the task brings its own."""

    @abstractmethod
    def check(self, outputs: "Mapping[str, TensorSpec]", target: Target, loss: str) -> None:
        """Raise TaskError with a sentence if these network outputs cannot be trained for this target with this loss."""

    @abstractmethod
    def losses(self, outputs: "Tensors", batch: "Tensors", loss: "LossFunction") -> "dict[str, Tensor]":
        """Compute one or several losses, each with one number per example; training minimises the mean of their sum."""

    @abstractmethod
    def metrics(self, outputs: "Tensors", batch: "Tensors") -> "dict[str, Tensor]":
        """Compute what people call quality, one number per example (`accuracy`: 1 right, 0 wrong); means are reported."""

    @abstractmethod
    def decode(self, outputs: "Tensors") -> "dict[str, Tensor]":
        """Turn outputs into answers: class probabilities, the answer of each example, numbers, tokens."""

    def generate(self, network: Any, batch: "Tensors", seed: int) -> "Iterator[dict[str, Tensor]]":
        """Answer step by step, where an answer has many parts (tokens); tasks with one answer give that alone."""
        yield self.decode(network(batch))
