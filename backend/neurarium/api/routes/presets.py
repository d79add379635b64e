"""Ready-made networks and jobs."""

from functools import cache
from typing import Literal

from pydantic import Field

from neurarium.api.problems import Refusal, documented
from neurarium.api.routes.router import new_router
from neurarium.api.run import Answer
from neurarium.training.check import over_budget
from neurarium.training.job import Job
from neurarium_models.depth import depth, unfolded
from neurarium_models.graph import Graph
from neurarium_models.inspect import Memory, inspect
from neurarium_models.preset import PRESETS
from neurarium_models.sketch import Stroke, sketch

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
    twin: str | None = Field(
        description="Of a paper's network: the pocket preset of the same plan, which trains."
    )
    parameters: int
    flops: int = Field(description="Floating-point operations of one forward pass for one example.")
    memory: Memory
    depth: int = Field(
        description="Layers with weights, one behind the other, on the longest way through it."
    )
    sketch: list[Stroke] = Field(description="The network in few strokes.")
    refusal: str | None = Field(description="Why it is too large to be trained here, in numbers.")
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
    inspection, layout = inspect(preset.graph), unfolded(preset.graph)
    return PresetAnswer(
        **preset.model_dump(exclude={"graph", "job"}),
        parameters=inspection.parameters,
        flops=inspection.flops,
        memory=inspection.memory,
        depth=depth(layout),
        sketch=sketch(preset.graph, layout),
        refusal=over_budget(inspection),
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
