"""In which words the recipes of two runs differ."""

from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from neurarium.api.messages import Count, RunId
from neurarium.api.problems import documented
from neurarium.api.routes.depends import Named, Owner, Table
from neurarium.api.routes.router import new_router
from neurarium.api.run import Answer
from neurarium.training.difference import Difference, dated, difference

router = new_router("runs", "/api/v1/runs/{run}")


class Beside(BaseModel):
    """With which run one is compared."""

    model_config = ConfigDict(extra="forbid")
    other: RunId


class Comparison(Answer):
    """Two runs beside each other: what the other one has changed."""

    run: RunId
    other: RunId
    forked_at: Count | None = Field(
        description="The step up to which they are one, where one was forked from the other."
    )
    same_data: bool = Field(
        description="Whether an example's number means the same example in both."
    )
    differences: list[Difference]


@router.get("/difference", responses=documented("not-found"))
async def compare_runs(
    session: Named, table: Table, owner: Owner, beside: Annotated[Beside, Query()]
) -> Comparison:
    """Say in which settings another run's job, as it is now, differs from this one's."""
    other = table.get(owner, beside.other)
    one, two = session.job, other.job
    step = None
    if other.parent == session.id:
        step = other.forked_at
    elif session.parent == other.id:
        step = session.forked_at
    return Comparison(
        run=session.id,
        other=other.id,
        forked_at=step,
        same_data=(one.dataset, one.seed) == (two.dataset, two.seed),
        differences=dated(difference(one, two), other.journal),
    )
