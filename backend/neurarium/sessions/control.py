"""Starting, stopping and moving a run in time, as plain data. A control changes no job and is not undone."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

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


class Stride(BaseModel):
    """How far to step. Operation by operation one can go back as well, within the step that comes next."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    unit: Unit = "minibatch"
    count: int = Field(
        default=1,
        ge=-10_000,
        le=10_000,
        description="At least 1; of operations also less: back, at most to the beginning of the step, or 0 to stand "
        "where it is.",
    )

    @model_validator(mode="after")
    def _goes_on(self) -> Self:
        if self.count < 1 and self.unit != "operation":
            raise ValueError("Only operation by operation can one go back within a step.")
        return self


class Step(Stride, Control):
    """Take some steps, then pause. Kinds of step: one operation, one example, one minibatch, one epoch."""

    kind: Literal["step"] = "step"


class Rewind(Control):
    """Go back to a past step and be there: what came after is dropped from the run."""

    kind: Literal["rewind"] = "rewind"
    step: int = Field(ge=0, le=2**53)


AnyControl = Annotated[Play | Pause | Step | Rewind, Field(discriminator="kind")]
