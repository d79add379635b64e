"""What may be asked of a network that says words: for what, how they are chosen, and what is done to its attention."""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Node = Annotated[str, Field(max_length=400)]
Weight = Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)]


class Head(BaseModel):
    """A head of attention that is switched off."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    node: Node = Field(description="Path of the layer.")
    head: int = Field(default=0, ge=0, le=1023, description="Which head, counted from 0.")


class Row(Head):
    """A row of attention that is chosen by hand: what one place takes of each place that it may look at."""

    place: int = Field(ge=0, le=4096, description="Which place asks, counted from 0.")
    weights: list[Weight] = Field(
        min_length=1,
        max_length=4096,
        description="One for each place that is looked at, missing ones are 0; made to sum to 1.",
    )

    @model_validator(mode="after")
    def _takes_something(self) -> Self:
        if not sum(self.weights):
            raise ValueError("At least one weight is to be above 0.")
        return self


class Utterance(BaseModel):
    """What the network is to say words for: a text, an example, a scene, or inputs of one's own."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        json_schema_extra={"examples": [{"text": "the small dog sees a bird", "method": "beam"}]},
    )
    text: Annotated[str, Field(min_length=1, max_length=2000)] | None = Field(
        default=None, description="A sentence to be read."
    )
    example: Annotated[int, Field(ge=0, le=2**53)] | None = Field(
        default=None, description="Id of an example."
    )
    inputs: dict[str, list[Any]] | None = Field(
        default=None,
        max_length=16,
        description="For each input but `target`, a list of the one example: an image.",
    )
    scene: list[Annotated[str, Field(max_length=40)]] | None = Field(
        default=None,
        max_length=64,
        description="The words of a scene that is to be composed, where the data have scenes; `seed` decides on the"
        " rest of it.",
    )
    method: Literal["greedy", "beam", "sample"] = Field(
        default="greedy",
        description="Whether the likeliest word is taken, several sentences are followed at once, or words are drawn.",
    )
    width: int = Field(default=4, ge=1, le=32, description="How many sentences a beam follows.")
    temperature: float = Field(
        default=1.0, ge=0, le=100, description="How freely words are drawn: 0 takes the likeliest."
    )
    seed: int = Field(default=0, ge=0, le=2**31, description="What chance follows from.")
    overwrite: list[Row] = Field(
        default=[], max_length=256, description="Rows of attention that are chosen by hand."
    )
    without: list[Head] = Field(
        default=[], max_length=256, description="Heads of attention that are switched off."
    )
    attention: list[Node] = Field(
        default=[], max_length=64, description="Layers whose weights for what is said are told."
    )

    @model_validator(mode="after")
    def _is_for_one_thing(self) -> Self:
        given = (self.text, self.example, self.inputs, self.scene)
        if sum(each is not None for each in given) != 1:
            raise ValueError("Give one of these: a text, an example, inputs, or a scene.")
        return self
