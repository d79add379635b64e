"""Take a run home."""

from fastapi import Response

from neurarium.api.doors.headers import DOWNLOAD
from neurarium.api.problems import documented, formats
from neurarium.api.routes.depends import Named
from neurarium.api.routes.router import new_router
from neurarium.sessions.session import Export

router = new_router("runs", "/api/v1/runs/{run}")


NOTEBOOK = {"type": "object", "required": ["nbformat", "nbformat_minor", "metadata", "cells"]}
FILES = formats("application/octet-stream")
FILES[200]["content"]["text/x-python"] = {"schema": {"type": "string"}}
FILES[200]["content"]["application/x-ipynb+json"] = {"schema": NOTEBOOK}
FILES[200]["content"]["application/json"] = {"schema": {"$ref": "#/components/schemas/Job"}}


@router.get(
    "/export/{kind}",
    response_class=Response,
    responses=FILES | documented("not-found", "command-refused", "unavailable"),
)
async def export(session: Named, kind: Export) -> Response:
    """Download the weights as safetensors, the job as JSON, or the whole run as PyTorch: a file or a notebook.

    Both hold network, data, training and weights, and need torch alone.
    """
    content, media_type, name = await session.export(kind)
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=media_type, headers=disposition | DOWNLOAD)
