"""Ready-made networks and jobs."""

from functools import cache
from typing import Literal

from pydantic import Field

from neurarium.api.problems import Refusal, documented
from neurarium.api.routes.router import new_router
from neurarium.api.run import Answer
from neurarium.training.job import Job
from neurarium_models.graph import Graph
from neurarium_models.inspect import inspect
from neurarium_models.preset import PRESETS

router = new_router("presets", "/api/v1/presets")


class PresetAnswer(Answer):
    """A network that people know, and how to train it."""

    id: str
    title: str
    name: str = Field(description="What the network is called within a sentence.")
    year: int
    source: str = Field(description="The publication.")
    size: Literal["paper", "pocket"] = Field(
        description="As published, or small enough to learn in about a minute."
    )
    family: str
    summary: str
    parameters: int
    graph: Graph
    job: Job | None = Field(description="The whole job; none: it is here to look at only.")


class PresetList(Answer):
    """All presets."""

    items: list[PresetAnswer]
    total: int


@cache
def preset_job(name: str) -> Job | None:
    """Put the job of a preset together; None if it is here to look at only."""
    preset = PRESETS[name]
    if preset.job is None:
        return None
    return Job.model_validate(
        {"title": preset.title, "name": preset.name, **preset.job, "graph": preset.graph}
    )


@cache
def preset_answer(name: str) -> PresetAnswer:
    """Describe a preset; its file and its sizes never change."""
    preset = PRESETS[name]
    return PresetAnswer(
        id=preset.id,
        title=preset.title,
        name=preset.name,
        year=preset.year,
        source=preset.source,
        size=preset.size,
        family=preset.family,
        summary=preset.summary,
        parameters=inspect(preset.graph).parameters,
        graph=preset.graph,
        job=preset_job(name),
    )


@cache
def all_presets() -> PresetList:
    """Describe all presets, by id."""
    items = [preset_answer(name) for name in PRESETS]
    return PresetList(items=items, total=len(items))


@router.get("", responses=documented())
async def list_presets() -> PresetList:
    """List all presets, by id."""
    return all_presets()


@router.get("/{preset}", responses=documented("not-found"))
async def get_preset(preset: str) -> PresetAnswer:
    """Show one preset."""
    if preset not in list(PRESETS):
        raise Refusal("not-found")
    return preset_answer(preset)
