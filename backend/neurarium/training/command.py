"""Changes of a run while it trains, as plain data: journalled, acknowledged, undoable, replayable."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from neurarium.plane import PointEdit


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


AnyCommand = Annotated[Change | EditPoint | SetWeight, Field(discriminator="kind")]


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


class CommandError(ValueError):
    """A command cannot be carried out: a sentence for a learner."""
