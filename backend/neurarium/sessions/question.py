"""What may be worked out on copies of a run while it goes on."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Number = Annotated[float, Field(ge=-1e18, le=1e18, allow_inf_nan=False)]


class Throughput(BaseModel):
    """How many examples a second the run learns from, for batches of 1, 2, 4 … 1024."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: Literal["throughput"] = "throughput"


class Sweep(BaseModel):
    """Train copies of a run that differ in one number alone, for some steps, and see what each comes to."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        json_schema_extra={
            "examples": [{"key": "optimizer.lr", "values": [0.01, 0.1, 1.0], "steps": 200}]
        },
    )
    kind: Literal["sweep"] = "sweep"
    key: str = Field(
        pattern=r"^[A-Za-z][A-Za-z0-9_.]{0,99}$",
        description="Which number of the job, dotted: `optimizer.lr`, `seed`.",
    )
    values: list[Number] = Field(
        min_length=2, max_length=64, description="One for each copy; whole ones are written so."
    )
    steps: int = Field(default=200, ge=1, le=10_000, description="How far each copy is trained.")
    start: Literal["now", "beginning"] = Field(
        default="now",
        description="From where the run is now, or from step 0, where alone a seed can be another.",
    )


AnyAnalysis = Annotated[Throughput | Sweep, Field(discriminator="kind")]
