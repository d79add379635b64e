"""Networks and weights from files."""

import asyncio
import secrets
from typing import Annotated

from fastapi import Query, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request

from neurarium.api.accept import chosen
from neurarium.api.doors.upload import MEDIA_TYPE
from neurarium.api.problems import documented, formats
from neurarium.api.routes.depends import Named, Table
from neurarium.api.routes.router import new_router
from neurarium.api.run import Answer, Run, describe
from neurarium.sessions import tensorfile
from neurarium.sessions.errors import Refused
from neurarium.sessions.table import Sessions
from neurarium.training.command import Effect, TakeWeights
from neurarium.training.job import Job
from neurarium.training.parcel import name_of
from neurarium_models.graph import Graph
from neurarium_models.inspect import inspect

router = new_router("exchange", "/api/v1")

JSON = "application/json"
FILE = {
    "requestBody": {
        "required": True,
        "content": {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}},
    }
}
UPLOAD = documented(
    "timeout", "too-large", "not-json", "file-refused", "not-installed", "busy", "unavailable"
)


class Completeness(BaseModel):
    """How much of a file must fit."""

    model_config = ConfigDict(extra="forbid")
    partial: bool = Field(
        default=False, description="Take what fits; else every tensor must, by name and shape."
    )


class Taken(Answer):
    """What became of the tensors of a file."""

    run: Run
    effect: Effect
    taken: list[str] = Field(description="The run has these now.")
    missing: list[str] = Field(description="The run has these, but the file has not.")
    unlike: list[str] = Field(description="These have another shape in the file.")
    notes: list[str] = Field(description="A sentence for each that was not taken.")


class Imported(Answer):
    """A network from an ONNX file."""

    title: str
    graph: Graph
    job: Job | None = Field(description="How it was trained, if the file is one of ours.")
    own: bool = Field(
        description="The file is ours, and its operators are as they were written: the graph is exactly what it was."
    )
    parameters: int


@router.post(
    "/runs/{run}/weights",
    responses=UPLOAD | documented("not-found", "command-refused", "shared-run", "storage-full"),
    openapi_extra=FILE,
)
async def take_weights(
    session: Named, table: Table, request: Request, how: Annotated[Completeness, Query()]
) -> Taken:
    """Take the weights of a file, safetensors or ONNX, into a run while it trains; they can be given back by `undo`."""
    document = await tensors(table, await request.body())
    parcel = await asyncio.to_thread(name_of, document)
    command = TakeWeights(strict=not how.partial, parcel=parcel)
    _, effect = await session.command(secrets.token_hex(8), command, document)
    if effect is None:
        raise TypeError("weights were taken without an effect")
    fates = effect.parameters.items()
    return Taken(
        run=describe(session),
        effect=effect,
        taken=[name for name, fate in fates if fate == "taken"],
        missing=[name for name, fate in fates if fate == "missing"],
        unlike=[name for name, fate in fates if fate == "unlike"],
        notes=effect.notes,
    )


@router.post(
    "/graph/onnx",
    responses=formats(MEDIA_TYPE) | UPLOAD | documented("not-acceptable"),
    openapi_extra=FILE,
    response_model=Imported,
)
async def graph_of_onnx(table: Table, request: Request) -> Response:
    """Read a network from an ONNX file; what no layer here can do is refused by node and operator.

    As octets, the answer is its weights as safetensors, by the paths of the graph.
    """
    media_type = chosen(request, (JSON, MEDIA_TYPE))
    document = await request.body()
    if tensorfile.kind_of(document) != "onnx":
        raise Refused(
            "file-refused", "This is a file of weights only. Send it to `/runs/{run}/weights`."
        )
    found = await table.analyst.read_onnx(document)
    if media_type == MEDIA_TYPE:
        return Response(found.body, media_type=MEDIA_TYPE)
    graph, job = Graph.model_validate_json(found.facts["graph"]), found.facts["job"]
    imported = Imported(
        title=found.facts["title"],
        graph=graph,
        job=None if job is None else Job.model_validate_json(job),
        own=found.facts["own"],
        parameters=inspect(graph).parameters,
    )
    return Response(imported.model_dump_json(), media_type=JSON)


async def tensors(table: Sessions, document: bytes) -> bytes:
    """Return a checked file of tensors: the one that was sent, or what is in the ONNX file that was."""
    if tensorfile.kind_of(document) == "onnx":
        return (await table.analyst.read_onnx(document)).body
    await asyncio.to_thread(tensorfile.check, document)
    return document
