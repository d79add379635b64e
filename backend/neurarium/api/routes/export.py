"""Take a run home."""

from fastapi import Response

from neurarium.api.doors.headers import DOWNLOAD
from neurarium.api.problems import documented, formats
from neurarium.api.routes.depends import Named
from neurarium.api.routes.router import new_router
from neurarium.sessions import takeaway
from neurarium.sessions.takeaway import Export

router = new_router("runs", "/api/v1/runs/{run}")


NOTEBOOK = {"type": "object", "required": ["nbformat", "nbformat_minor", "metadata", "cells"]}
FILES = formats("application/octet-stream")
FILES[200]["content"]["text/x-python"] = {"schema": {"type": "string"}}
FILES[200]["content"]["application/x-ipynb+json"] = {"schema": NOTEBOOK}
FILES[200]["content"]["application/json"] = {"schema": {"$ref": "#/components/schemas/Job"}}


@router.get(
    "/export/{kind}",
    response_class=Response,
    responses=FILES
    | documented("not-found", "command-refused", "busy", "not-installed", "unavailable"),
)
async def export(session: Named, kind: Export) -> Response:
    """Download the weights as safetensors, the job as JSON, the network as ONNX, or the whole run as PyTorch.

    PyTorch, a file or a notebook, holds network, data, training and weights, and needs torch alone. ONNX holds the
    network with its weights, by the names of its nodes here, for any number of examples at once.
    """
    content, media_type, name = await takeaway.export(session, kind)
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=media_type, headers=disposition | DOWNLOAD)
