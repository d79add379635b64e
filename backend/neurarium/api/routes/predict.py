"""Use a network."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from neurarium.api.messages import Count
from neurarium.api.problems import BODY, documented
from neurarium.api.routes.depends import Named
from neurarium.api.routes.router import new_router
from neurarium.api.run import Answer, finite

router = new_router("runs", "/api/v1/runs/{run}")


class Question(BaseModel):
    """Examples that the network is to answer."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"inputs": {"x": [[0.5, -1.0]]}}]}
    )
    inputs: dict[str, list[Any]] = Field(
        min_length=1,
        max_length=16,
        description="For each input of the network, one entry an example.",
    )
    step: Count | None = Field(default=None, description="A past step; none: now.")


class Prediction(Answer):
    """What the network answers."""

    step: int
    outputs: dict[str, Any] = Field(
        description="By name, one entry an example; null: not a finite number."
    )


@router.post("/predict", responses=documented(*BODY, "not-found", "command-refused", "unavailable"))
async def predict(session: Named, question: Question) -> Prediction:
    """Ask the network, as it is now or was at a past step."""
    outputs, step = await session.predict(question.inputs, question.step)
    return Prediction(step=step, outputs=finite(outputs))
