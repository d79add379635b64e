"""Changes of a run while it trains, as plain data: journalled, acknowledged, undoable, replayable."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from neurarium.plane import PointEdit
from neurarium_models.graph import AnyGraph


class Change(BaseModel):
    """Lay changes over the job: `{"optimizer.lr": 0.1}`, `{"batch": {"size": 8}}`, `{"dataset.noise": 0.3}`.

    What cannot go on (another optimiser's moments) starts anew, and the effect says so.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: Literal["change"] = "change"
    changes: dict[str, Any] = Field(
        min_length=1, max_length=16, description="Job keys, nested or dotted."
    )


class EditPoint(BaseModel):
    """Add, move, relabel or delete one point of a dataset in the plane."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: Literal["point"] = "point"
    point: PointEdit


class SetWeight(BaseModel):
    """Set one number of one parameter."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: Literal["weight"] = "weight"
    parameter: str = Field(max_length=400, description="Path of the parameter: `hidden1.weight`.")
    index: tuple[Annotated[int, Field(ge=0, le=2**31)], ...] = Field(
        max_length=8, description="Which number of it."
    )
    value: float = Field(ge=-1e9, le=1e9, allow_inf_nan=False)


class EditGraph(BaseModel):
    """Go on with another network: the whole graph as it is to be.

    Nodes are known by their ids, and what they have learned is kept wherever it fits.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: Literal["graph"] = "graph"
    graph: AnyGraph


AnyCommand = Annotated[Change | EditPoint | SetWeight | EditGraph, Field(discriminator="kind")]

Fate = Literal["kept", "widened", "cut", "new", "gone"]
"""What an edit of the network did to one parameter."""


class Effect(BaseModel):
    """What a command did: from which step on, what it kept, what is new, and how to undo it."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    step: int = Field(description="The command is in force for every step after this one.")
    command: AnyCommand
    undo: AnyCommand
    message: str = Field(description="Key of the sentence that says what happened.")
    values: dict[str, float | int | str] = Field(
        default={}, description="Numbers and names for the sentence."
    )
    parameters: dict[str, Fate] = Field(
        default={},
        description="Where the network was edited: what became of each parameter, by its path.",
    )


class CommandError(ValueError):
    """A command cannot be carried out: a sentence for a learner. `node` says where in the network, if it is there."""

    def __init__(self, message: str, node: str | None = None) -> None:
        """Keep the sentence, and the path of the node that it is about."""
        super().__init__(message)
        self.node = node
