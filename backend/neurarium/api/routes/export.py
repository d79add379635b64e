"""Take a run home."""

from typing import Literal

from fastapi import APIRouter, Response

from neurarium.api.doors.headers import DOWNLOAD
from neurarium.api.problems import documented
from neurarium.api.routes.depends import Named

router = APIRouter(prefix="/api/v1/runs/{run}", tags=["runs"])

FILES = {
    "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
    "application/json": {"schema": {"$ref": "#/components/schemas/Job"}},
}


@router.get(
    "/export/{kind}",
    response_class=Response,
    responses={200: {"content": FILES, "description": "The file."}}
    | documented("not-found", "command-refused", "unavailable"),
)
async def export(session: Named, kind: Literal["safetensors", "job"]) -> Response:
    """Download the weights as safetensors, or the job as JSON."""
    content, media_type, name = await session.export(kind)
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=media_type, headers=disposition | DOWNLOAD)
