"""The contract of every loss: an output and a target become one number per example."""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from torch import Tensor


class Loss(BaseModel, ABC):
    """One loss E. The docstring is the help text."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    title: ClassVar[str]
    """What the recipe's sentence calls it: `cross-entropy`."""
    formula: ClassVar[str]
    """The loss in LaTeX, with the lecture's letters: y the output, t the target."""

    @abstractmethod
    def per_example(self, output: "Tensor", target: "Tensor") -> "Tensor":
        """Compute one number per example.

        `output` is (..., examples, width). A class target is int64 (..., examples): with one output unit, class 0 means
        t = -1 and class 1 means t = +1 (cross-entropy then takes the output as the logit of class 1); with several
        units there is one per class. A real target is (..., examples, width). Leading axes are replicas.
        """
