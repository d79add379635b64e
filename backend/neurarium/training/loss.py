"""The contract of every loss: an output and a target become one number per example."""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from torch import Tensor


class Loss(BaseModel, ABC):
    """One loss. Fields are settings; the docstring is the help text.

    A subclass is final and has `kind: Literal["Name"] = "Name"`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    title: ClassVar[str]
    """What the recipe's sentence calls it: `cross-entropy`."""
    formula: ClassVar[str]
    """The loss in LaTeX, with the lecture's letters: y the output, t the target."""

    kind: str

    @abstractmethod
    def per_example(self, output: "Tensor", target: "Tensor") -> "Tensor":
        """Compute one number per example.

        `output` is (..., examples, width). A class target is int64 (..., examples): with one output unit, class 0 means
        t = -1 and class 1 means t = +1; with several units there is one per class, and t is +1 for the right one and -1
        for the others, or its index. A real target is (..., examples, width). Leading axes of the output are replicas;
        a target without them is the same for all.
        """

    @abstractmethod
    def written(self, units: int, target: str) -> list[str]:
        """Write `per_example` as the lines of a function of `output` (examples × units) and `target`, in PyTorch.

        `target` is the kind of the data's target: `class` or `real`. The last line returns.
        """

    @abstractmethod
    def probabilities(self, output: "Tensor") -> "Tensor":
        """Read an output as probabilities of all classes, along the last axis: those for which this loss is least.

        One output unit speaks for two classes.
        """


def as_signs(output: "Tensor", target: "Tensor") -> "Tensor":
    """Turn class indices into t: -1 or +1 for each output unit. Real targets stay as they are."""
    from torch.nn import functional as F

    if target.is_floating_point():
        return target
    units = output.shape[-1]
    hot = target.unsqueeze(-1) if units == 1 else F.one_hot(target, units)
    return 2 * hot.to(output.dtype) - 1


def written_signs(units: int, target: str) -> str:
    """Write what `as_signs` computes."""
    if target == "real":
        return "target"
    hot = "target[:, None]" if units == 1 else f"F.one_hot(target, {units})"
    return f"(2 * {hot} - 1)"


def as_places(output: "Tensor", target: "Tensor") -> "Tensor":
    """Point each row of the output, in every replica, at its right unit."""
    return target.expand(output.shape[:-1]).unsqueeze(-1)


def pair(second: "Tensor") -> "Tensor":
    """Turn the probability of class +1 (..., 1) into those of both."""
    import torch

    return torch.cat([1 - second, second], -1)


def winner(output: "Tensor") -> "Tensor":
    """Give all to the class that is said: what a loss means that knows sides and margins, but no probabilities."""
    from torch.nn import functional as F

    if output.shape[-1] == 1:
        return pair((output >= 0).to(output.dtype))
    return F.one_hot(output.argmax(-1), output.shape[-1]).to(output.dtype)
