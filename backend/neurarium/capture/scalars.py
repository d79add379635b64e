"""One example's way through a small network, number by number: every weight, product, sum and slope has a name.

The document tells what is computed from what, where it is drawn, and in which steps; it holds no numbers. Those are
told by the probe `scalars`, in the order of this document.
"""

from typing import Literal

from pydantic import Field

from neurarium.capture.document import CapturePart
from neurarium.training.tamper import Tamper

MAXIMUM_SCALARS = 200

ScalarRole = Literal["input", "weight", "bias", "target", "product", "sum", "activation", "loss"]
"""What a number is. `target`: what the network should have said, a constant: nothing flows back to it. `activation`:
what an activation function makes of a sum. `loss`: anything behind the network's outputs."""
StepPhase = Literal["forward", "backward", "update"]
Relation = Literal["=", "+=", "←"]


class ScalarsError(ValueError):
    """This network is not drawn number by number: a sentence for a learner."""


class ScalarSymbol(CapturePart):
    """A short name as a lecture writes it: h₁, w₁₂, z₂,₁ (unit 1 of hidden layer 2, where there are several)."""

    base: str = Field(description="Letters, set in italics: `h`.")
    sub: str = Field(description="Index, in small digits: `₁₂`; empty: none.")

    @property
    def text(self) -> str:
        """The whole name as plain text."""
        return self.base + self.sub


class Scalar(CapturePart):
    """One number."""

    id: str = Field(
        description="`hidden1.weight[0,1]`, `hidden1[0]`, `x[1]`, `loss:total`; indices from 0 on."
    )
    symbol: ScalarSymbol
    role: ScalarRole
    op: str = Field(
        description="What makes it of its inputs: `mul`, `add`, `tanh`, ...; empty: it is given."
    )
    constants: dict[str, float] = Field(
        default={}, description="Fixed numbers in the function: λ, the slope of a leaky ReLU."
    )
    box: str = Field(description="The function in a small box: `×`, `+`, `tanh`; else the symbol.")
    inputs: list[str] = Field(description="Scalars that it is made of, in order.")
    node: str = Field(
        description="Path of the node, or name of the graph input, that it belongs to; empty: the loss."
    )
    unit: int | None = Field(description="Which unit of the node, from 0 on.")
    parameter: str = Field(default="", description="Of a weight or bias: `hidden1.weight`.")
    index: list[int] = Field(description="Its place in the parameter, node or input.")
    column: int = Field(description="Where it is drawn: from left to right.")
    row: float = Field(description="And from top to bottom, in heights of a box with its numbers.")


class ScalarEdge(CapturePart):
    """One number that enters another. What flows back is gradient[to] · local[edge]."""

    source: str = Field(alias="from", description="The scalar that is read.")
    to: str = Field(description="The scalar that it is read for.")
    slope: str = Field(description="∂to/∂from in symbols: `1 − h₁²`; empty: `from` is a constant.")
    tamper: Tamper | None = Field(
        description="What cuts this very edge on the way back, as the job's `tampering` has it; none: nothing does."
    )
    factor: float = Field(
        description="What the job's tampering multiplies its slope by: 1 untouched, 0 cut."
    )
    wrong: str = Field(
        description="Kind of the wrong backward that its layer has, which decides its slope; empty: none."
    )


class ScalarLine(CapturePart):
    """One line of algebra."""

    left: str = Field(description="`z₁`, or `∂a₁₁ = ∂a₁₂ = ∂b₁`.")
    relation: Relation = Field(
        description="`+=`: a part of a sum, of which something was known before."
    )
    right: str = Field(description="`a₁₁ + a₁₂ + b₁`, or `∂h₁ × (1 − h₁²)`.")
    of: str = Field(
        description="The scalar whose number, gradient or next value the line gives, the first of several."
    )
    edges: list[int] = Field(
        description="Backward: the edges, by their place in the list, over which the number comes."
    )


class ScalarStep(CapturePart):
    """One step of a walk through the document."""

    phase: StepPhase
    of: str = Field(
        description="The scalar that is computed, or whose gradient is handed on; empty: update."
    )
    scalars: list[str] = Field(
        description="Those whose value, whole gradient or next value is known from here on."
    )
    partial: list[str] = Field(
        description="Those whose gradient has got a part here, and waits for others."
    )
    lines: list[ScalarLine]


class ScalarGroup(CapturePart):
    """All that belongs to one unit of a dense layer: what can be folded into one box."""

    node: str
    unit: int
    output: str = Field(description="The scalar that a folded box stands for.")
    scalars: list[str]
    top: float = Field(description="Its first row.")
    bottom: float = Field(description="Its last row.")


class ScalarCurve(CapturePart):
    """A function of one number that occurs in the network, with its constants, drawn."""

    op: str
    constants: dict[str, float]
    from_target: bool = Field(
        description="Whether x is how far what comes in lies above the target beside it."
    )
    x: list[float] = Field(description="What comes in, from small to large.")
    y: list[float] = Field(description="What comes out.")


class ScalarGraph(CapturePart):
    """One example through one network, drawn out."""

    version: Literal[1] = 1
    key: str = Field(
        description="What has the same key has the same document: network, loss, regulariser and rule of learning."
    )
    scalars: list[Scalar] = Field(description="In an order in which they can be computed.")
    edges: list[ScalarEdge]
    groups: list[ScalarGroup] = Field(description="Layer by layer, each from top to bottom.")
    steps: list[ScalarStep] = Field(description="Forward, backward, and the update as the last.")
    curves: list[ScalarCurve] = Field(
        description="Every function of one number in it, once for each choice of constants; not the straight ones."
    )
    columns: int
    rows: float
    loss: str = Field(description="The scalar at the end: loss and penalty.")
