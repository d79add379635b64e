"""The contract of every task: how a batch becomes losses and metrics, and how the trained network is used.

A task is plain data. torch is imported inside its methods: the web process validates tasks without it.
"""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from neurarium.dataset import Target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from torch import Tensor

    from neurarium_models.network import Network
    from neurarium_models.tensor import TensorSpec

    Tensors = Mapping[str, Tensor]
    """By name, examples along the first axis, any replicas before it."""
    LossFunction = Callable[[Tensor, Tensor], Tensor]
    """The job's loss: an output and its target become one number per example (or per place of a sequence)."""
    Probabilities = Callable[[Tensor], Tensor]
    """How the job's loss reads an output: as probabilities of all classes, along the last axis."""

Use = Literal[
    "classify", "predict", "translate", "caption", "continue", "fill", "retrieve", "answer"
]


class TaskError(ValueError):
    """Network, dataset and task do not fit together: a sentence for a learner. `units`: how many outputs would fit."""

    def __init__(self, message: str, units: int | None = None) -> None:
        """Keep the sentence, and how many numbers the answer is to have if that is what is wrong."""
        super().__init__(message)
        self.units = units


class Task(BaseModel, ABC):
    """One way of asking something of a network. Fields are settings; the docstring is the help text.

    A subclass is final and has `kind: Literal["Name"] = "Name"`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    title: ClassVar[str]
    """What people call it: `classification`."""
    use: ClassVar[Use]
    """How the network is used, once trained."""
    losses_offered: ClassVar[tuple[str, ...]]
    """Kinds of loss that make sense here, the usual one first; none if the task brings its own."""

    kind: str

    def written(self, units: int) -> tuple[str, str]:
        """Write a metric as PyTorch: its name, and an expression in `output` and `target`, one number an example.

        Raise TaskError where runs of this task cannot be written as a file.
        """
        raise TaskError(f"Runs of the task {self.title} cannot be written as a file yet.")

    @abstractmethod
    def check(self, outputs: "Mapping[str, TensorSpec]", target: Target, loss: str) -> None:
        """Raise TaskError with a sentence if these network outputs cannot be trained for this target with this loss."""

    @abstractmethod
    def losses(
        self, outputs: "Tensors", batch: "Tensors", loss: "LossFunction"
    ) -> "dict[str, Tensor]":
        """Compute one or several losses, each with one number per example; training minimises the mean of their sum."""

    @abstractmethod
    def metrics(self, outputs: "Tensors", batch: "Tensors") -> "dict[str, Tensor]":
        """Compute quality, one number per example (`accuracy`: 1 right, 0 wrong); means are reported."""

    @abstractmethod
    def decode(self, outputs: "Tensors", probabilities: "Probabilities") -> "dict[str, Tensor]":
        """Turn outputs into answers: `answer` is a class or token by index, or numbers.

        Where there are classes to choose from, `probability` is there too, with all classes along the last axis.
        """

    def generate(
        self, network: "Network", batch: "Tensors", probabilities: "Probabilities", seed: int
    ) -> "Iterator[dict[str, Tensor]]":
        """Answer step by step, where an answer has many parts (tokens); tasks with one answer give that alone."""
        yield self.decode(network(batch), probabilities)

    def check_loss(self, loss: str) -> None:
        """Raise TaskError if a loss makes no sense here."""
        if self.losses_offered and loss not in self.losses_offered:
            raise TaskError(
                f"The loss {loss} does not fit the task {self.title}: use {alternatives(self.losses_offered)}."
            )


def sole(outputs: "Mapping[str, TensorSpec]", task: str) -> "TensorSpec":
    """Describe the network's only output, or raise TaskError."""
    if len(outputs) != 1:
        names = ", ".join(outputs)
        raise TaskError(
            f"The task {task} reads one output, but the network has {len(outputs)}: {names}."
        )
    return next(iter(outputs.values()))


def only(outputs: "Tensors") -> "Tensor":
    """Take the network's only output, whatever its name."""
    return next(iter(outputs.values()))


def alternatives(names: tuple[str, ...]) -> str:
    """Write a choice as people do: `a`, `a or b`, `a, b or c`."""
    *others, last = names
    return f"{', '.join(others)} or {last}" if others else last
