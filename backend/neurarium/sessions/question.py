"""What may be worked out on copies of a run while it goes on."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

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


class Target(BaseModel):
    """One derivative of the loss: by one number of a parameter, or by one of what a node says."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    parameter: Annotated[str, Field(max_length=400)] | None = Field(
        default=None, description="Path of a parameter: `hidden1.weight`."
    )
    node: Annotated[str, Field(max_length=400)] | None = Field(
        default=None, description="Path of a node, or an input; either this or a parameter."
    )
    index: list[Annotated[int, Field(ge=0, le=2**31)]] = Field(
        default=[],
        max_length=9,
        description="Which number of it; of a node all examples' at once, or with the place in the minibatch in front.",
    )

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if (self.parameter is None) == (self.node is None):
            raise ValueError("Name either a parameter or a node.")
        return self


class Check(BaseModel):
    """Compare gradients with how the loss really changes."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        json_schema_extra={
            "examples": [{"targets": [{"parameter": "hidden1.weight", "index": [0, 1]}]}]
        },
    )
    kind: Literal["check"] = "check"
    targets: list[Target] = Field(min_length=1, max_length=256)
    example: Annotated[int, Field(ge=0, le=2**53)] | None = Field(
        default=None, description="Id of one example; none: the minibatch of the next step."
    )


AnyAnalysis = Annotated[Throughput | Sweep | Check, Field(discriminator="kind")]
