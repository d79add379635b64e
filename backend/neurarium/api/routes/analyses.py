"""What is worked out on copies of a run while it goes on: how fast it could be, and what other numbers come to."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any, Literal

from fastapi import Response
from pydantic import Field
from starlette.requests import Request
from starlette.responses import StreamingResponse

from neurarium.api.accept import chosen
from neurarium.api.messages import Count, RunId
from neurarium.api.problems import BODY, documented, formats
from neurarium.api.routes.depends import Named
from neurarium.api.routes.router import new_router
from neurarium.api.run import Answer, finite
from neurarium.sessions.question import Sweep, Throughput
from neurarium.sessions.session import Session

router = new_router("runs", "/api/v1/runs/{run}")

JSON, NDJSON = "application/json", "application/x-ndjson"


class SpeedLine(Answer):
    """One way to compute, measured at several sizes of the batch."""

    device: Literal["cpu", "cuda", "mps"]
    card: str = Field(description="Name of the graphics card; empty: the CPU.")
    engine: str = Field(description="What computes the steps; `plain` is the reference.")
    sizes: list[int] = Field(description="Examples in a batch.")
    rates: list[float] = Field(description="Examples a second, at each size.")


class Speeds(Answer):
    """How speed depends on the size of the batch. The first line is what trains the run."""

    run: RunId
    step: Count
    lines: list[SpeedLine]


class SweepMark(Answer):
    """How good every copy of a sweep is after some steps."""

    step: Count
    steps: Count = Field(description="Steps taken since the copies were made.")
    diverged: list[bool]
    evaluation: dict[str, list[float | None]] = Field(
        description="`train_loss`, `validation_loss` and others, one number for each copy; null: not finite."
    )


class Swept(Answer):
    """A sweep, from its first mark to its last."""

    run: RunId
    key: str
    values: list[float]
    start: Count = Field(description="The step from which the copies were trained.")
    engine: str = Field(
        description="What computed the steps. `lockstep`: one compiled program took those of all copies; "
        "else the engine by which each took its own in turn, `plain` being the reference."
    )
    marks: list[SweepMark]


@router.get("/throughput", responses=documented("not-found", "busy", "run-failed", "unavailable"))
async def throughput(session: Named) -> Speeds:
    """Measure how many examples a second the run learns from, for batches of 1, 2, 4 … 1024; takes about 2 seconds."""
    facts = await session.analyse(Throughput())
    return Speeds(run=session.id, **facts)


@router.post(
    "/sweep",
    response_model=Swept,
    responses=formats(NDJSON)
    | documented(
        *BODY,
        "not-found",
        "not-acceptable",
        "command-refused",
        "job-refused",
        "busy",
        "unavailable",
    ),
)
async def sweep_run(session: Named, question: Sweep, request: Request) -> Any:
    """Train copies of a run that differ in one number, and tell what each comes to. The run goes on meanwhile.

    As NDJSON, every mark comes as soon as it is reached, one a line; who hangs up ends the sweep.
    """
    media_type = chosen(request, (JSON, NDJSON))
    lines = work(session, question)
    first = await anext(lines)  # what is refused is refused before the answer begins
    if media_type == NDJSON:
        return StreamingResponse(written(first, lines), media_type=NDJSON)
    marks = [first, *[mark async for mark in lines]]
    end = marks.pop()
    swept = Swept(
        run=session.id,
        key=question.key,
        values=question.values,
        start=end["from"],
        engine=end["engine"],
        marks=[SweepMark.model_validate(mark) for mark in marks],
    )
    return Response(swept.model_dump_json(), media_type=JSON)


async def work(session: Session, question: Sweep) -> AsyncIterator[dict[str, Any]]:
    """Have a sweep made: its marks as they come, then where it began. To close this ends the sweep."""
    told: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
    task = asyncio.create_task(session.analyse(question, told.put_nowait))
    task.add_done_callback(lambda _: told.put_nowait(None))
    try:
        while (mark := await told.get()) is not None:
            yield finite(mark)
        yield await task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await task


async def written(
    first: dict[str, Any], others: AsyncIterator[dict[str, Any]]
) -> AsyncIterator[str]:
    """Write each mark as a line."""
    try:
        yield json.dumps(first) + "\n"
        async for mark in others:
            yield json.dumps(mark) + "\n"
    finally:
        await others.aclose()  # type: ignore[attr-defined]
