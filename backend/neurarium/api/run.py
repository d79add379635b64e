"""A run as JSON: everything that a page or a script has to know of it."""

import math
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from neurarium.api.messages import Count, Position, RunId, State
from neurarium.sessions.session import Session
from neurarium.sessions.walk import Level, Walk, level_of
from neurarium.training.command import Effect
from neurarium.training.difference import Difference
from neurarium.training.job import Job


class Answer(BaseModel):
    """Something that a route answers."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Trouble(Answer):
    """Why a run diverged or failed: the key of a sentence and what stands in it."""

    reason: str
    values: dict[str, float | int | str | None]


class Run(Answer):
    """One run: what it is, what it does, and how far it has come."""

    id: RunId
    title: str
    preset: str | None = Field(description="The preset that it was made from.")
    parent: RunId | None = Field(description="The run that it was forked from.")
    forked_at: Count | None = Field(description="The step at which it was.")
    changes: list[Difference] = Field(
        description="What differs from the run that it was forked from, as that was then."
    )
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
        description="How its steps are computed: `plain` by autograd; `chain`, `fused` and `grid` are faster."
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
    operation: Walk | None = Field(
        description="Where within its next step somebody stands who goes through it operation by operation; none: "
        "before its first. Any other control ends that."
    )
    level: Level = Field(
        description="What its steps are gone through by: `scalars`, number by number, where the network is small "
        "enough for `/graph/scalars`; else `operations`."
    )
    problem: Trouble | None = Field(description="Why it diverged or failed.")


class RunRow(Run):
    """One run in a list."""

    losses: list[float | None] = Field(
        description="Its loss from the first step to now in at most 48 equal parts, for a small picture."
    )
    bytes: int = Field(description="What the server keeps of its curves and events.")


class RunPage(Answer):
    """Some of the own runs, newest first."""

    items: list[RunRow]
    total: int
    offset: int
    limit: int


class Changed(Answer):
    """A run after a change, and what each command did."""

    run: Run
    effects: list[Effect]


def describe(session: Session) -> Run:
    """Write down a session as it is now."""
    return Run(**facts(session))


def row(session: Session) -> RunRow:
    """Write down a session as it stands in a list."""
    sketch = session.log.sketch()
    return RunRow(**facts(session), losses=finite(sketch.losses), bytes=sketch.bytes)


def facts(session: Session) -> dict[str, Any]:
    """Gather what is told of a session."""
    trouble = None
    if session.reason is not None:
        trouble = Trouble(reason=session.reason, values=finite(session.reason_values))
    return {
        "id": session.id,
        "title": session.job.title,
        "preset": session.preset,
        "parent": session.parent,
        "forked_at": session.forked_at,
        "changes": session.changes,
        "state": session.state,
        "step": session.step,
        "steps": session.job.steps,
        "epoch": session.epoch_of_data,
        "rate": session.rate,
        "pace": session.pace,
        "job": session.job,
        "parameters": session.parameters,
        "device": session.device,
        "engine": session.engine,
        "shared": session.shared,
        "created": datetime.fromtimestamp(session.created, UTC),
        "snapshots": session.snapshots,
        "log": Position(epoch=session.log.epoch, seq=session.log.head),
        "latest": finite(session.latest),
        "operation": session.walk,
        "level": level_of(session.job, session.parameters),
        "problem": trouble,
    }


def finite(value: Any) -> Any:
    """Replace every number in JSON data that is not finite by None."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite(item) for item in value]
    return value
