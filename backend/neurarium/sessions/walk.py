"""Where a run stands within a step: the operations of the step that comes next, one after the other."""

from functools import lru_cache
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from neurarium.capture.document import Capture, Extent
from neurarium.capture.scalar_graph import scalar_graph
from neurarium.capture.scalars import MAXIMUM_SCALARS, ScalarsError
from neurarium.training.job import Job

Level = Literal["scalars", "operations"]
UPDATE = 1
"""The last of all: the optimiser moves the weights."""


class Walk(BaseModel):
    """How much of the next step has been walked through. Nothing has changed until its end is reached."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    at: int = Field(ge=0, description="How many of them are done.")
    of: int = Field(ge=1, description="How many there are, the update included.")
    level: Level = Field(
        description="What one of them is: a line of algebra about single numbers, where the network is small enough "
        "to be written out, else an operation on tensors."
    )
    extent: Extent = Field(description="Whether the step shows one example, or the minibatch.")

    def on(self, count: int) -> "tuple[Walk, int]":
        """Go on or back: where that leads, and how many whole steps it completes. Back is at most to 0."""
        steps, at = divmod(max(0, self.at + count), self.of)
        return self.model_copy(update={"at": at}), steps


def begin_by_number(job: Job) -> Walk | None:
    """Stand before the first line of a small network's algebra; none: it is too large for that.

    The lines are about one example: the pinned one.
    """
    of = _lines(job.model_dump_json())
    return Walk(at=0, of=of, level="scalars", extent="example") if of else None


def level_of(job: Job, parameters: int) -> Level:
    """Say what a step is gone through by, at once: a network with too many parameters is not looked at."""
    if parameters > MAXIMUM_SCALARS:
        return "operations"
    return "scalars" if _lines(job.model_dump_json()) else "operations"


@lru_cache(maxsize=256)
def _lines(job: str) -> int:
    """Count the lines of a job's algebra, once for all the steps through it; 0: there are too many to be written."""
    try:
        return len(scalar_graph(Job.model_validate_json(job)).steps)
    except ScalarsError:
        return 0


def begin(document: bytes) -> Walk:
    """Stand before the first operation of a captured step."""
    capture = Capture.model_validate_json(document)
    of = len(capture.forward) + len(capture.backward) + UPDATE
    return Walk(at=0, of=of, level="operations", extent=capture.extent)
