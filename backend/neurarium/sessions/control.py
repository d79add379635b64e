"""Starting, stopping and moving a run in time, as plain data. A control changes no job and is not undone."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Unit = Literal["operation", "example", "minibatch", "epoch"]


class Control(BaseModel):
    """One control, told from others by `kind`."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Play(Control):
    """Train on, at most `pace` steps a second (none: full speed)."""

    kind: Literal["play"] = "play"
    pace: Annotated[float, Field(gt=0, le=1e6, allow_inf_nan=False)] | None = None


class Pause(Control):
    """Stop after the step being taken."""

    kind: Literal["pause"] = "pause"


class Step(Control):
    """Take some steps, then pause. Kinds of step: one operation, one example, one minibatch, one epoch."""

    kind: Literal["step"] = "step"
    unit: Unit = "minibatch"
    count: int = Field(default=1, ge=1, le=10_000)


class Rewind(Control):
    """Go back to a past step and be there: what came after is dropped from the run."""

    kind: Literal["rewind"] = "rewind"
    step: int = Field(ge=0, le=2**53)


AnyControl = Annotated[Play | Pause | Step | Rewind, Field(discriminator="kind")]
