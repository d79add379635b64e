"""The curves of a run, complete."""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from typing import Annotated, Any

from fastapi import Query, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request

from neurarium.api.accept import chosen
from neurarium.api.messages import Count, Position, RunId
from neurarium.api.problems import documented, formats
from neurarium.api.routes.depends import Named
from neurarium.api.routes.router import new_router
from neurarium.api.run import Answer, finite
from neurarium.sessions.log import Log
from neurarium.sessions.protocol import Series

router = new_router("runs", "/api/v1/runs/{run}")

JSON, CSV, NDJSON = "application/json", "text/csv", "application/x-ndjson"


class Range(BaseModel):
    """Which points of which curves."""

    model_config = ConfigDict(extra="forbid")
    curve: list[Annotated[str, Field(max_length=80)]] = Field(
        default=[], max_length=64, description="Names of curves; none: all."
    )
    after: int = Field(default=-1, ge=-1, le=2**53, description="Points of later steps only.")
    limit: int = Field(default=5000, ge=1, le=20_000, description="Points of each curve at most.")
    points: int | None = Field(
        default=None,
        ge=2,
        le=20_000,
        description="Whole curves in at most so many points: neighbours become buckets.",
    )


class Curve(Answer):
    """Points of one curve: every step up to 1,000 a second, above that buckets, which `counts` marks."""

    name: str
    steps: list[Count] = Field(description="The last step of each point.")
    counts: list[int] = Field(description="How many steps each point stands for.")
    values: list[list[float | None]] = Field(
        description="Mean of each point, for each replica; null: not a finite number."
    )
    low: list[list[float | None]] | None = Field(
        description="Least value, where points are buckets."
    )
    high: list[list[float | None]] | None = Field(
        description="Greatest value, where points are buckets."
    )


class Curves(Answer):
    """Curves of a run, up to a position in its log."""

    run: RunId
    log: Position = Field(description="Everything up to here is in the complete curves.")
    curves: list[Curve]
    next: int | None = Field(description="Ask on with `after` this step; none: this was all.")


@router.get(
    "/metrics",
    response_model=Curves,
    responses=formats(CSV, NDJSON) | documented("not-found", "not-acceptable"),
)
async def metrics(session: Named, request: Request, wanted: Annotated[Range, Query()]) -> Any:
    """Show the curves as JSON, CSV or NDJSON, as `Accept` says. The header `Link` leads to the next page."""
    media_type = chosen(request, (JSON, CSV, NDJSON))
    log = session.log
    page, following = cut(log, wanted)
    headers = (
        {}
        if following is None
        else {"Link": f'<{request.url.include_query_params(after=following)}>; rel="next"'}
    )
    if media_type == JSON:
        answer = Curves(
            run=session.id,
            log=Position(epoch=log.epoch, seq=log.head),
            curves=[curve(part) for part in page],
            next=following,
        )
        return Response(answer.model_dump_json(), media_type=JSON, headers=headers)
    text = as_csv(page) if media_type == CSV else as_ndjson(page)
    return Response(text, media_type=media_type, headers=headers)


def cut(log: Log, wanted: Range) -> tuple[list[Series], int | None]:
    """Take so many points of each curve, all up to the same step; say behind which step to go on."""
    names = [name for name in log.history.names if name in wanted.curve or not wanted.curve]
    if wanted.points is not None:
        return [log.history.thinned(name, wanted.points) for name in names], None
    first = wanted.after + 1
    parts = [log.series(name, first, None, wanted.limit + 1) for name in names]
    # Where a curve has more than the page holds, all curves end with its last step that fits.
    ends = [part.steps[wanted.limit - 1] for part in parts if len(part.steps) > wanted.limit]
    if not ends:
        return parts, None
    end = min(ends)
    return [log.series(name, first, end, wanted.limit) for name in names], end


def curve(series: Series) -> Curve:
    """Write a curve as JSON takes it."""
    return Curve(
        name=series.name,
        steps=series.steps,
        counts=series.counts,
        values=finite(series.values),
        low=finite(series.low),
        high=finite(series.high),
    )


def rows(series: Iterable[Series]) -> Iterator[dict[str, Any]]:
    """Write each point of each replica as a row of its own."""
    for part in series:
        for i, (step, count) in enumerate(zip(part.steps, part.counts, strict=True)):
            for replica, value in enumerate(part.values[i]):
                low = part.low[i][replica] if part.low else value
                high = part.high[i][replica] if part.high else value
                yield {
                    "curve": part.name, "step": step, "count": count, "replica": replica,
                    "value": value, "low": low, "high": high,
                }  # fmt: skip


def as_csv(series: Iterable[Series]) -> str:
    """Write curves as a table with a head; numbers that are not finite as `nan`, `inf`, `-inf`."""
    file = io.StringIO()
    table = csv.DictWriter(file, ["curve", "step", "count", "replica", "value", "low", "high"])
    table.writeheader()
    table.writerows(rows(series))
    return file.getvalue()


def as_ndjson(series: Iterable[Series]) -> str:
    """Write curves as one JSON object a line."""
    return "".join(json.dumps(finite(row), allow_nan=False) + "\n" for row in rows(series))
