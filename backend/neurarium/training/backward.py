"""The contract of every wrong backward: a layer whose answers are right and whose gradients are not.

Each is a mistake that people make who write a backward pass by hand. What comes out of the layer stays the same to the
last bit; the referee, which compares gradients with differences of the loss, sees it.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import BaseModel, ConfigDict

from neurarium_models.layout import Place

if TYPE_CHECKING:
    from torch import Tensor

Sent = dict[int | str, "Tensor"]
"""What a layer sends back: by number of its input, by name of its parameter. What is not named gets nothing."""


@dataclass(frozen=True)
class Call:
    """A layer on the way back: what it was given and said, and the gradient that has arrived.

    Tensors have the examples along the first axis; `gradient` has the shape of `output`.
    """

    module: Any
    gradient: "Tensor"
    output: "Tensor"
    given: "Sequence[Tensor]"
    parameters: "Mapping[str, Tensor]"
    buffers: "Mapping[str, Tensor]" = field(default_factory=dict)
    """What a layer that does not train remembers, as it was on the way forward."""

    @property
    def x(self) -> "Tensor":
        """The first thing that was given."""
        return self.given[0]


class Backward(BaseModel, ABC):
    """One backward pass of some kinds of layers. The docstring is the help text: what was done wrong, in one sentence.

    A subclass is final and has `kind: Literal["Name"] = "Name"`. In formulas, g is the gradient that arrives
    (upstream), x what the layer reads, y what it says.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    title: ClassVar[str]
    """What people call the mistake."""
    layers: ClassVar[tuple[str, ...]]
    """Kinds of layers that it can be put into."""
    formula: ClassVar[str]
    """What should be sent back, in LaTeX."""
    mistake: ClassVar[str]
    """What is sent back instead, in LaTeX."""

    kind: str = ""

    def misfit(self, place: Place) -> str:
        """Say in a sentence why it makes no difference at this layer, or cannot be computed; empty: it fits."""
        del place
        return ""

    @abstractmethod
    def right(self, call: Call) -> Sent:
        """Compute what should be sent back."""

    @abstractmethod
    def back(self, call: Call) -> Sent:
        """Compute what is sent back instead."""
