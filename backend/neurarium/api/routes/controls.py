"""Start, stop and move a run in time; fork it."""

import secrets
from typing import Annotated

from fastapi import Body, Response
from pydantic import BaseModel, ConfigDict, Field

from neurarium.api.messages import Count
from neurarium.api.problems import BODY, documented
from neurarium.api.routes.depends import Named, Owner
from neurarium.api.routes.router import new_router
from neurarium.api.run import Run, describe
from neurarium.sessions.control import AnyControl, Pause, Play, Rewind, Step, Stride
from neurarium.sessions.session import Session

router = new_router("runs", "/api/v1/runs/{run}")

RESPONSES = documented(
    *BODY, "not-found", "command-refused", "shared-run", "storage-full", "unavailable"
)


class Options(BaseModel):
    """What a control is told."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class PlayOptions(Options):
    """How fast to play."""

    pace: Annotated[float, Field(gt=0, le=1e6, allow_inf_nan=False)] | None = Field(
        default=None, description="Steps a second at most; none: full speed."
    )


class RewindOptions(Options):
    """Where to go back to."""

    step: Count


class ForkOptions(Options):
    """Where to begin."""

    step: Count | None = Field(default=None, description="A past step; none: now.")


Nothing = Annotated[Options, Body()]


async def control(session: Session, command: AnyControl) -> Run:
    """Give a control to a run, and show the run."""
    await session.command(secrets.token_hex(8), command)
    return describe(session)


@router.post("/play", responses=RESPONSES)
async def play(session: Named, options: PlayOptions = PlayOptions()) -> Run:  # noqa: B008 - frozen
    """Train on."""
    return await control(session, Play(pace=options.pace))


@router.post("/pause", responses=RESPONSES)
async def pause(session: Named, options: Nothing = Options()) -> Run:  # noqa: B008 - frozen
    """Stop after the step being taken."""
    return await control(session, Pause())


@router.post("/step", responses=RESPONSES)
async def step(session: Named, options: Stride = Stride()) -> Run:  # noqa: B008 - frozen
    """Take some steps, then pause.

    Operation by operation the run stands where it is, and `operation` of the answer says how far its next step has been
    walked through; at the end it is taken. A negative `count` goes back within it.
    """
    return await control(session, Step(unit=options.unit, count=options.count))


@router.post("/rewind", responses=RESPONSES)
async def rewind(session: Named, options: RewindOptions) -> Run:
    """Go back to a past step: what came after it is dropped."""
    return await control(session, Rewind(step=options.step))


@router.post("/fork", status_code=201, responses=RESPONSES | documented("too-many-runs"))
async def fork(
    session: Named,
    owner: Owner,
    response: Response,
    options: ForkOptions = ForkOptions(),  # noqa: B008
) -> Run:
    """Make a run of one's own that begins where this one is, or was at a past step."""
    made = await session.fork(owner, options.step)
    response.headers["Location"] = f"/api/v1/runs/{made.id}"
    return describe(made)
