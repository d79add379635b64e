"""What may be done to the way back, as plain data: cut, scaled, or wrong. The way forward always stays as it is."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from neurarium_models.graph import NodePath, ParameterPath, SourcePath

Index = Annotated[int, Field(ge=0, le=2**31)]


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CutEdge(_Entry):
    """Nothing flows back along an edge: from `node` to what it reads. The gradient that would arrive there is 0.

    With `unit` only one unit of the source (a column of a matrix, a map of an image) gets nothing from there; with
    `reader` only what comes from one unit of `node`, a layer of weights, is cut. With both it is one single wire.
    """

    kind: Literal["cut"] = "cut"
    source: SourcePath = Field(description="What is read: a node, a block, an input.")
    node: NodePath = Field(description="The node that reads it, or a block whose nodes do.")
    unit: Index | None = Field(default=None, description="Which unit of the source; none: all.")
    reader: Index | None = Field(
        default=None, description="From which unit of the node; none: all."
    )


class CutWeight(_Entry):
    """No gradient arrives at a parameter, or at one number of it: not from the loss, not from a penalty."""

    kind: Literal["cut_weight"] = "cut_weight"
    parameter: ParameterPath = Field(description="Path of the parameter: `hidden1.weight`.")
    index: tuple[Index, ...] | None = Field(
        default=None, max_length=8, description="Which number of it; none: all."
    )


class ScaleEdge(_Entry):
    """What flows back along an edge is multiplied."""

    kind: Literal["scale"] = "scale"
    source: SourcePath = Field(description="What is read: a node, a block, an input.")
    node: NodePath = Field(description="The node that reads it, or a block whose nodes do.")
    factor: float = Field(
        ge=-1e6, le=1e6, allow_inf_nan=False, description="By this; -1 turns the gradient round."
    )


class WrongBackward(_Entry):
    """A layer passes gradients back as one with a mistake in its backward pass would."""

    kind: Literal["wrong"] = "wrong"
    node: NodePath = Field(description="The layer.")
    backward: str = Field(
        pattern=r"^[A-Z][A-Za-z0-9]{0,39}$", description="Which mistake: a kind from `backwards`."
    )


Tamper = Annotated[CutEdge | CutWeight | ScaleEdge | WrongBackward, Field(discriminator="kind")]


def written(entry: Tamper) -> str:
    """Write an entry in signs that need no language: `hidden1_tanh.2 ✂ hidden2.0`, `x × 0.5 → hidden1`."""
    match entry:
        case CutEdge():
            return f"{_unit(entry.source, entry.unit)} ✂ {_unit(entry.node, entry.reader)}"
        case CutWeight():
            index = "" if entry.index is None else str(list(entry.index))
            return f"✂ {entry.parameter}{index}"
        case ScaleEdge():
            return f"{entry.source} × {entry.factor:g} → {entry.node}"
        case WrongBackward():
            return f"{entry.node}: {entry.backward}"


def _unit(path: str, unit: int | None) -> str:
    return path if unit is None else f"{path}.{unit}"
