"""What is written down of a run to be taken home."""

import asyncio
from typing import TYPE_CHECKING, Literal

from neurarium.sessions.errors import Refused
from neurarium.sessions.protocol import Answer
from neurarium.task import TaskError
from neurarium.training.job import Job
from neurarium.training.script.write import notebook, script

if TYPE_CHECKING:
    from neurarium.sessions.session import Session

Export = Literal["safetensors", "job", "pytorch", "notebook", "onnx"]
File = tuple[bytes, str, str]
"""Bytes, media type, name of the file."""


async def export(session: "Session", kind: Export) -> File:
    """Write a run down as one kind of file."""
    run = session.id
    match kind:
        case "job":
            document = session.job.model_dump_json(indent=2).encode()
            return document, "application/json", f"{run}-job.json"
        case "onnx":
            content, step = await session.onnx()
            return content, "application/octet-stream", f"{run}-step-{step}.onnx"
        case "safetensors":
            weights = await session.weights()
            name = f"{run}-step-{weights.step}.safetensors"
            return weights.body, "application/octet-stream", name
        case _:
            return await takeaway(run, kind, await session.weights())


async def takeaway(run: str, kind: Literal["pytorch", "notebook"], weights: Answer) -> File:
    """Write a run as PyTorch that needs nothing of ours.

    The job is that of the moment in which the weights were taken: what the web has of it may be a little older.
    """
    job = Job.model_validate_json(weights.facts["job"])
    write, media_type, ending = {
        "pytorch": (script, "text/x-python", "py"),
        "notebook": (notebook, "application/x-ipynb+json", "ipynb"),
    }[kind]
    try:
        # In a thread: packing megabytes of images takes some tenths of a second.
        content = await asyncio.to_thread(write, job, weights.body, weights.step)
    except TaskError as problem:
        raise Refused("command-refused", str(problem)) from problem
    return content, media_type, f"{run}-step-{weights.step}.{ending}"
