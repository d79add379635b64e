"""Runs: make, list, show, change, delete."""

import asyncio
import secrets
from typing import Annotated, Any

from fastapi import Query, Response
from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, ValidationError

from neurarium.api.failures import located
from neurarium.api.problems import BODY, Refusal, documented
from neurarium.api.routes.depends import Named, Owner, Table
from neurarium.api.routes.presets import preset_job
from neurarium.api.routes.router import new_router
from neurarium.api.run import Changed, Run, RunPage, describe, row
from neurarium.plane import PointEdit
from neurarium.sessions.control import Play
from neurarium.sessions.errors import Refused
from neurarium.training.check import JobError, check_job
from neurarium.training.command import (
    AnyCommand,
    Change,
    DrawWeights,
    EditGraph,
    EditPoint,
    Effect,
    ReturnWeights,
    SetWeight,
    TakeWeights,
)
from neurarium.training.edited import edited
from neurarium.training.features import fit_graph
from neurarium.training.job import Job, merge
from neurarium_models.graph import AnyGraph, Graph
from neurarium_models.inspect import inspect
from neurarium_models.preset import PRESETS
from neurarium_models.problem import Problem

router = new_router("runs", "/api/v1/runs")

MAXIMUM_COMMANDS = 64


class Page(BaseModel):
    """Which part of a list."""

    model_config = ConfigDict(extra="forbid")
    offset: int = Field(default=0, ge=0, le=2**53)
    limit: int = Field(default=50, ge=1, le=200)


class FromPreset(BaseModel):
    """A preset's job with changes: keys of the job, nested or dotted, beside `preset` or in `overrides`."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={"examples": [{"preset": "mlp-circles", "optimizer.lr": 0.1}]},
    )
    preset: str = Field(max_length=40)
    overrides: dict[str, Any] = Field(default={}, max_length=64)


def job_or_preset(wanted: Any) -> str:
    """Tell a job from changes to a preset."""
    named = "preset" in wanted if isinstance(wanted, dict) else isinstance(wanted, FromPreset)
    return "FromPreset" if named else "Job"


Wanted = Annotated[
    Annotated[Job, Tag("Job")] | Annotated[FromPreset, Tag("FromPreset")],
    Discriminator(job_or_preset),
]


class Patch(BaseModel):
    """Changes to a run while it trains: keys of its job, nested or dotted, and what is not in the job."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={"examples": [{"optimizer.lr": 0.1}, {"batch": {"size": 8}}]},
    )
    points: list[PointEdit] = Field(default=[], max_length=MAXIMUM_COMMANDS)
    weights: list[SetWeight] = Field(default=[], max_length=MAXIMUM_COMMANDS)
    graph: AnyGraph | None = Field(
        default=None,
        description="The whole network as it is to be from now on; what was learned is kept where it fits.",
    )
    take: TakeWeights | ReturnWeights | None = Field(
        default=None,
        description="What another run has learned, wherever it fits here; or the `undo` of such an effect.",
    )
    draw: list[DrawWeights] = Field(
        default=[],
        max_length=MAXIMUM_COMMANDS,
        description="Layers or blocks that begin again, as `init` says.",
    )
    pace: Annotated[float, Field(gt=0, le=1e6, allow_inf_nan=False)] | None = Field(
        default=None, description="Steps a second at most; null: full speed."
    )


@router.get("", responses=documented())
async def list_runs(table: Table, owner: Owner, page: Annotated[Page, Query()]) -> RunPage:
    """List the own runs, newest first."""
    sessions, total = table.list(owner, page.offset, page.limit)
    for session in sessions:
        if not session.log.is_recalled:
            await asyncio.to_thread(session.log.sketch)
    items = [row(session) for session in sessions]
    return RunPage(items=items, total=total, offset=page.offset, limit=page.limit)


@router.post(
    "",
    status_code=201,
    responses=documented(
        *BODY, "unfit-network", "job-refused", "too-many-runs", "storage-full", "unavailable"
    ),
)
async def create_run(wanted: Wanted, table: Table, owner: Owner, response: Response) -> Run:
    """Make a run of a job, or of a preset with changes. It waits for `play`, then goes at full speed."""
    preset = wanted.preset if isinstance(wanted, FromPreset) else None
    job = overridden(wanted) if isinstance(wanted, FromPreset) else wanted
    await asyncio.to_thread(check, job)
    session = await table.create(owner, job, preset=preset)
    response.headers["Location"] = f"/api/v1/runs/{session.id}"
    return describe(session)


def check(job: Job) -> None:
    """Raise Refusal for a job that cannot be run."""
    problems = inspect(job.graph).errors
    if problems:
        raise Refusal("unfit-network", problems=problems)
    try:
        check_job(job)
    except JobError as error:
        raise Refused("job-refused", str(error)) from None


def check_edit(job: Job, patch: Patch, graph: Graph) -> None:
    """Raise Refusal for another network with which the run, with the other changes, could not go on."""
    document = merge(job.model_dump(mode="json"), patch.model_extra or {})
    try:
        changed = Job.model_validate(document)
    except ValidationError:
        changed = job  # the command will say what it is
    problems = inspect(graph).errors
    if problems:
        raise Refusal("unfit-network", problems=problems)
    try:
        check_job(edited(changed, EditGraph(graph=graph)))
    except JobError as error:
        if error.node is None:
            raise Refused("job-refused", str(error)) from None
        found = [Problem(node=error.node, message=str(error))]
        raise Refusal("job-refused", problems=found) from None


def overridden(wanted: FromPreset) -> Job:
    """Lay changes over a preset's job."""
    job = preset_job(wanted.preset) if wanted.preset in list(PRESETS) else None
    if job is None:
        raise Refusal("invalid", "There is no preset of this name that can be trained.")
    changes = wanted.overrides | (wanted.model_extra or {})
    document = merge(job.model_dump(mode="json"), changes)
    try:
        return fit_graph(Job.model_validate(document), job.dataset)
    except ValidationError as error:
        raise located(error, "body", document) from None


@router.get("/{run}", responses=documented("not-found"))
async def get_run(session: Named) -> Run:
    """Show a run."""
    return describe(session)


@router.patch(
    "/{run}",
    responses=documented(
        *BODY,
        "not-found",
        "unfit-network",
        "job-refused",
        "command-refused",
        "shared-run",
        "storage-full",
        "unavailable",
    ),
)
async def change_run(session: Named, patch: Patch) -> Changed:
    """Change a run while it trains. Each command is in force from the step in its effect on."""
    if patch.graph is not None:
        await asyncio.to_thread(check_edit, session.job, patch, patch.graph)
    commands = commands_of(patch)
    if "pace" in patch.model_fields_set and session.state != "running":
        raise Refusal(
            "command-refused", "The pace is changed while the run plays; `play` takes it too."
        )
    effects: list[Effect] = []
    for command in commands:
        _, effect = await session.command(secrets.token_hex(8), command)
        if effect is not None:
            effects.append(effect)
    if "pace" in patch.model_fields_set:
        await session.command(secrets.token_hex(8), Play(pace=patch.pace))
    return Changed(run=describe(session), effects=effects)


def commands_of(patch: Patch) -> list[AnyCommand]:
    """Write a patch as commands."""
    commands: list[AnyCommand] = []
    if patch.model_extra:
        try:
            commands.append(Change(changes=patch.model_extra))
        except ValidationError as error:
            raise located(error, "body", patch.model_extra, skip=1) from None
    if patch.graph is not None:
        commands.append(EditGraph(graph=patch.graph))
    if patch.take is not None:
        commands.append(patch.take)
    commands += [EditPoint(point=point) for point in patch.points]
    return [*commands, *patch.draw, *patch.weights]


@router.delete(
    "/{run}", status_code=204, responses=documented("not-found", "shared-run", "storage-full")
)
async def delete_run(run: str, table: Table, owner: Owner) -> None:
    """Delete a run and all that belongs to it."""
    await table.delete(owner, run)
