"""A captured step as plain data: every operation forward and backward, in the order in which they are executed.

The document is complete: executing its operations one after another gives the loss and the gradient of every
parameter. What a page draws, what a program fetches and what the tests execute is this one document.
"""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Role = Literal["input", "parameter", "buffer", "seed", "forward", "gradient", "backward"]
"""What a value is. `input`: of the batch (`x`, targets, masks). `seed`: the 1 with which the way back begins.
`gradient`: the whole ∂E/∂(value named by `of`), with nothing left to be added to it. `backward`: anything else that is
computed on the way back, parts of sums of gradients among it."""
Part = Literal["network", "loss", "regulariser"]
Phase = Literal["forward", "backward"]
Extent = Literal["example", "minibatch"]
"""Of what the step is: of one example alone, or of as many as the job's minibatch has."""


class CaptureError(ValueError):
    """A step cannot be captured: a sentence for a learner."""


class CapturePart(BaseModel):
    """A part of the document."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Value(CapturePart):
    """One tensor."""

    id: str = Field(description="Its name within the document.")
    shape: list[int]
    axes: list[str] = Field(
        description="Names of the axes, where the network names them (`N` the examples); else empty."
    )
    dtype: str = Field(description="`float32`, `int64`, `bool`, ...")
    role: Role
    name: str = Field(
        default="",
        description="Path of the parameter or buffer (`hidden1.weight`), or name of the batch's tensor; else empty.",
    )
    of: str = Field(
        default="",
        description="Of a gradient: the value that it belongs to, the last one forward where it is that of several.",
    )
    gradient: str = Field(
        default="",
        description="The value that is its whole gradient, once that is known. One may be that of several: an addition "
        "hands on the very same.",
    )
    saved: bool = Field(
        default=False, description="Whether the way back reads it: it is kept in memory until then."
    )


class Operation(CapturePart):
    """One call of one function of torch."""

    id: str
    op: str = Field(description="The function, with its overload: `aten.addmm.default`.")
    title: str = Field(description="The function's short name: `addmm`.")
    phase: Phase
    part: Part
    node: str = Field(
        description="Path of the node of the Graph that it belongs to; empty: loss or regulariser."
    )
    pair: str = Field(
        default="",
        description="Of the way back: the forward operation whose derivative it helps to compute; empty: it adds up "
        "gradients that come together.",
    )
    arguments: list[Any] = Field(
        description='In order. A value is `{"value": id}`, a dtype, device or layout `{"torch": "float32"}`; '
        "numbers, texts, null and lists stand for themselves."
    )
    keywords: dict[str, Any] = {}
    inputs: list[str] = Field(description="Values that it reads, each once.")
    outputs: list[str] = Field(
        description="Values that come out, in order; an empty text where one is not used."
    )
    flops: int = Field(default=0, ge=0, description="As torch's counter says.")


class Fold(CapturePart):
    """A node or block that can be shown as one thing."""

    path: str
    kind: str = Field(description="Kind of the layer, `Block`, or `Repetition`.")
    parent: str = Field(description="The fold around it; empty: none.")
    repeat: int = Field(default=1, ge=1, description="How many times a block stands in a row: ×N.")


class Capture(CapturePart):
    """The computational graph of one step."""

    version: Literal[1] = 1
    key: str = Field(
        description="Of network, loss, regulariser, extent and mode: what has the same key has the same document."
    )
    extent: Extent
    examples: int = Field(ge=1, description="How many examples the step looks at.")
    values: list[Value]
    forward: list[Operation]
    backward: list[Operation]
    folds: list[Fold] = Field(description="Outermost first, in the order of the network.")
    loss: str = Field(description="The value that the way back begins at: mean loss and penalty.")
    gradients: dict[str, str] = Field(
        description="For every parameter the value that is its gradient; parameters without influence are absent."
    )
