"""What is written down of a run beside its weights: PyTorch that needs nothing of ours."""

import asyncio
from typing import Literal

from neurarium.sessions.errors import Refused
from neurarium.sessions.protocol import Answer
from neurarium.task import TaskError
from neurarium.training.job import Job
from neurarium.training.script.write import notebook, script


async def takeaway(
    run: str, kind: Literal["pytorch", "notebook"], weights: Answer
) -> tuple[bytes, str, str]:
    """Write a run as PyTorch: bytes, media type, name of the file.

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
