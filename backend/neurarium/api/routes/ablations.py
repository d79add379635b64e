"""What a part of a network is good for: the same run without it, trained as far."""

import asyncio
import secrets
from inspect import getdoc

from fastapi import Response
from pydantic import BaseModel, ConfigDict, Field

from neurarium.api.messages import Count, RunId, State
from neurarium.api.problems import BODY, documented
from neurarium.api.routes.depends import Named, Owner, Table
from neurarium.api.routes.router import new_router
from neurarium.api.run import Answer, Run, describe
from neurarium.sessions.control import Step
from neurarium.sessions.errors import Refused
from neurarium.sessions.session import Session
from neurarium.training.ablations import AnyAblation, offered
from neurarium.training.job import Job

router = new_router("runs", "/api/v1/runs/{run}")

LONGEST_TITLE = 80


class AblationRow(Answer):
    """One thing that can be done otherwise, and the run in which it is."""

    ablation: AnyAblation
    title: str = Field(description="In a few words: `no causal mask`.")
    help: str
    run: RunId | None = Field(description="Your newest run of just that job; none: not tried yet.")
    step: Count = Field(description="How far that run has come.")
    state: State | None = Field(description="What it does.")


class AblationList(Answer):
    """Everything that can be done otherwise in a run."""

    run: RunId
    step: Count
    steered: bool = Field(
        description="Whether this run was forked, or changed while it trained: then another run with the same job "
        "differs in that too."
    )
    items: list[AblationRow]


class Trial(BaseModel):
    """What is to be tried."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        json_schema_extra={"examples": [{"ablation": {"kind": "CausalMask"}}]},
    )
    ablation: AnyAblation
    steps: int | None = Field(
        default=None,
        ge=1,
        le=10_000_000,
        description="Up to which step it trains; none: as far as this run is.",
    )


@router.get("/ablations", responses=documented("not-found"))
async def list_ablations(session: Named, table: Table, owner: Owner) -> AblationList:
    """List what can be done otherwise in a run, one thing at a time, with the runs in which that was tried."""
    found = await asyncio.to_thread(offered, session.job)
    items = []
    for ablation in found:
        tried = _tried(table, owner, ablation.apply(session.job))
        items.append(
            AblationRow(
                ablation=ablation,
                title=ablation.done,
                help=getdoc(type(ablation)) or "",
                run=tried.id if tried else None,
                step=tried.step if tried else 0,
                state=tried.state if tried else None,
            )
        )
    steered = session.parent is not None or bool(session.journal)
    return AblationList(run=session.id, step=session.step, steered=steered, items=items)


@router.post(
    "/ablations",
    status_code=201,
    responses=documented(
        *BODY,
        "not-found",
        "command-refused",
        "too-many-runs",
        "busy",
        "storage-full",
        "unavailable",
    ),
)
async def try_ablation(
    session: Named, table: Table, owner: Owner, trial: Trial, response: Response
) -> Run:
    """Train a run that differs in one thing, from the same seed and in the background, as far as this one has come.

    Where there is such a run already, that one goes on.
    """
    steps = trial.steps or session.step
    if not steps:
        raise Refused(
            "command-refused", "This run has taken no step yet: train it, or say how many `steps`."
        )
    if trial.ablation not in await asyncio.to_thread(offered, session.job):
        raise Refused(
            "command-refused", f"This run has nothing to be tried of `{trial.ablation.kind}`."
        )
    job = trial.ablation.apply(session.job)
    other = _tried(table, owner, job)
    if other is None:
        title = f"{session.job.title}: {trial.ablation.done}"[:LONGEST_TITLE]
        other = await table.create(owner, job.model_copy(update={"title": title}))
    if other.step < steps:
        count = min(steps, job.steps) - other.step
        await other.command(secrets.token_hex(8), Step(unit="minibatch", count=count))
    response.headers["Location"] = f"/api/v1/runs/{other.id}"
    return describe(other)


def _tried(table: Table, owner: str, job: Job) -> Session | None:
    """Find the newest run of one's own that has just this job from its beginning on, by whatever name."""
    wanted = _nameless(job)
    own, _ = table.list(owner, 0, 2**31)
    for other in own:
        if other.parent is None and not other.journal and _nameless(other.job) == wanted:
            return other
    return None


def _nameless(job: Job) -> Job:
    return job.model_copy(update={"title": "", "name": ""})
