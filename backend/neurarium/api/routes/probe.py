"""Look into a run, now or at a past step."""

from typing import Any, Literal

from fastapi import Response
from pydantic import Field, TypeAdapter, ValidationError
from starlette.requests import Request

from neurarium.api.accept import chosen
from neurarium.api.failures import located
from neurarium.api.messages import Count, ReadingMessage, RunId
from neurarium.api.problems import Refusal, documented, formats
from neurarium.api.routes.depends import Named
from neurarium.api.routes.router import new_router
from neurarium.api.run import Answer
from neurarium.probe import Probe
from neurarium.probes import PROBES, AnyProbe

router = new_router("runs", "/api/v1/runs/{run}")

Form = Literal["json", "npz", "png"]
FORMS: dict[str, Form] = {
    "application/json": "json",
    "application/x-npz": "npz",
    "application/zip": "npz",
    "application/octet-stream": "npz",
    "image/png": "png",
}
"""What each media type of an answer is."""
STEP: TypeAdapter[int] = TypeAdapter(Count)
PROBE: TypeAdapter[Probe] = TypeAdapter(AnyProbe)


class ArrayAnswer(Answer):
    """One array in true numbers; on the socket those for drawing are scaled to bytes."""

    name: str
    node: str
    axes: list[str]
    shape: list[int]
    dtype: Literal["float32", "float64", "int32"]
    scale: str = Field(description="Over what `lo` and `hi` were taken.")
    lo: Any = Field(description="Least value of the scale; a list where every unit has its own.")
    hi: Any = Field(description="Greatest value of the scale.")
    data: Any = Field(description="Nested lists in the order of `axes`; null: not a finite number.")


class FrameAnswer(Answer):
    """Everything that one probe answers at one step."""

    type: Literal["frame"]
    v: int
    run: RunId
    probe: str
    replica: int | None
    step: Count
    example: int | None
    reading: ReadingMessage | None = Field(description="The sentence that it says.")
    arrays: list[ArrayAnswer]
    details: dict[str, Any]


PARAMETERS = [
    {"name": "step", "in": "query", "schema": {"type": "integer", "minimum": 0, "maximum": 2**53}},
    {
        "name": "example",
        "in": "query",
        "schema": {"type": "integer", "minimum": 0, "maximum": 2**53},
    },
    {"name": "node", "in": "query", "schema": {"type": "string", "maxLength": 400}},
]


@router.get(
    "/probe/{probe}",
    response_model=FrameAnswer,
    responses=formats(*[media_type for media_type in FORMS if "json" not in media_type])
    | documented("not-found", "not-acceptable", "probe-refused", "unavailable"),
    openapi_extra={"parameters": PARAMETERS},
)
async def look(session: Named, probe: str, request: Request) -> Any:
    """Compute a probe once: JSON, NumPy's archive (`.npz`), or an image, as `Accept` says.

    `step` is a past step (none: now); every other parameter is a setting of the probe.
    """
    if probe not in PROBES:
        raise Refusal("not-found")
    media_type = chosen(request, tuple(FORMS))
    settings: dict[str, Any] = dict(request.query_params)
    step = settings.pop("step", None)
    try:
        # Numbers are read from the text of the query, as the probe's own model has it.
        wanted = PROBE.validate_python(settings | {"kind": probe})
    except ValidationError as error:
        raise located(error, "query", settings, skip=1) from None
    try:
        past = None if step is None else STEP.validate_python(step)
    except ValidationError:
        raise Refusal("no-such-step") from None
    content = await session.look(wanted, past, FORMS[media_type])
    return Response(content, media_type=media_type)
