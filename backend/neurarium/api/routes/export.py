"""Take a run home."""

from typing import Literal

from fastapi import Response

from neurarium.api.doors.headers import DOWNLOAD
from neurarium.api.problems import documented, formats
from neurarium.api.routes.depends import Named
from neurarium.api.routes.router import new_router

router = new_router("runs", "/api/v1/runs/{run}")


FILES = formats("application/octet-stream")
FILES[200]["content"]["application/json"] = {"schema": {"$ref": "#/components/schemas/Job"}}


@router.get(
    "/export/{kind}",
    response_class=Response,
    responses=FILES | documented("not-found", "command-refused", "unavailable"),
)
async def export(session: Named, kind: Literal["safetensors", "job"]) -> Response:
    """Download the weights as safetensors, or the job as JSON."""
    content, media_type, name = await session.export(kind)
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=media_type, headers=disposition | DOWNLOAD)
