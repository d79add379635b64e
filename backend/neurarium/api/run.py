"""A run as JSON: everything that a page or a script has to know of it."""

import math
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from neurarium.api.messages import Count, Position, RunId, State
from neurarium.sessions.difference import difference
from neurarium.sessions.session import Session
from neurarium.training.command import Effect
from neurarium.training.job import Job


class Answer(BaseModel):
    """Something that a route answers."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Trouble(Answer):
    """Why a run diverged or failed: the key of a sentence and what stands in it."""

    reason: str
    values: dict[str, float | int | str | None]


class Differing(Answer):
    """A key of the job that has two values. Where they are documents, both are left out."""

    key: str = Field(description="As PATCH takes it: `optimizer.lr`.")
    before: str | float | bool | None
    after: str | float | bool | None


class Origin(Answer):
    """Where a fork comes from, and what was made otherwise: enough for a name that says what differs."""

    run: RunId = Field(description="The run that it was forked from, which may be deleted by now.")
    step: Count = Field(description="Up to here, both are the same.")
    since: Count = Field(description="The step after which the last change came.")
    difference: list[Differing] = Field(description="What has been changed since the fork.")


class Run(Answer):
    """One run: what it is, what it does, and how far it has come."""

    id: RunId
    title: str
    preset: str | None = Field(description="The preset that it was made from.")
    state: State
    step: Count = Field(description="Optimiser steps taken.")
    steps: int = Field(description="Steps after which it is finished.")
    epoch: float = Field(description="How often it has gone through its training examples.")
    rate: float = Field(description="Steps a second, lately.")
    pace: float | None = Field(description="Steps a second that were asked for; none: full speed.")
    job: Job = Field(description="As of now, all changes included.")
    parameters: int
    device: str = Field(description="What trains it: `cpu`, `cuda`, `mps`.")
    engine: str = Field(
        description="How its steps are computed: `plain` by autograd; the faster `chain` and `fused` are proved equal."
    )
    shared: bool = Field(description="Everybody may look; to change it, fork it.")
    created: datetime
    snapshots: list[Count] = Field(description="The past steps that can be shown.")
    log: Position = Field(
        description="Head of its log: what is here includes everything up to `seq`."
    )
    latest: dict[str, float | None] = Field(
        description="Newest value of each curve; none: not a finite number."
    )
    problem: Trouble | None = Field(description="Why it diverged or failed.")
    origin: Origin | None = Field(description="Where it was forked.")


class RunPage(Answer):
    """Some of the own runs, newest first."""

    items: list[Run]
    total: int
    offset: int
    limit: int


class Changed(Answer):
    """A run after a change, and what each command did."""

    run: Run
    effects: list[Effect]


def describe(session: Session) -> Run:
    """Write down a session as it is now."""
    trouble = None
    if session.reason is not None:
        trouble = Trouble(reason=session.reason, values=finite(session.reason_values))
    return Run(
        id=session.id,
        title=session.job.title,
        preset=session.preset,
        state=session.state,
        step=session.step,
        steps=session.job.steps,
        epoch=session.epoch_of_data,
        rate=session.rate,
        pace=session.pace,
        job=session.job,
        parameters=session.parameters,
        device=session.device,
        engine=session.engine,
        shared=session.shared,
        created=datetime.fromtimestamp(session.created, UTC),
        snapshots=session.snapshots,
        log=Position(epoch=session.log.epoch, seq=session.log.head),
        latest=finite(session.latest),
        problem=trouble,
        origin=origin(session),
    )


def origin(session: Session) -> Origin | None:
    """Say where a fork comes from."""
    if session.parent is None or session.start is None:
        return None
    return Origin(
        run=session.parent,
        step=session.start,
        since=session.changed or session.start,
        difference=differing(session.first_job, session.job),
    )


def differing(one: Job, other: Job) -> list[Differing]:
    """Write down in what two jobs differ."""
    return [Differing(**found._asdict()) for found in difference(one, other)]


def finite(value: Any) -> Any:
    """Replace every number in JSON data that is not finite by None."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite(item) for item in value]
    return value
