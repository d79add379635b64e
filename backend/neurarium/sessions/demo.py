"""The run that greets everybody: something that learns at once, shared by all first visits."""

from neurarium.training.job import Job
from neurarium_models.preset import PRESETS

PRESET = "mlp-circles"
SECONDS = 6.0
"""How long it takes to learn, so that one can watch."""


def demo_job() -> Job:
    """Return the job of the first visit."""
    preset = PRESETS[PRESET]
    return Job.model_validate(
        {
            **(preset.job or {}),
            "title": preset.title,
            "name": preset.name,
            "graph": preset.graph,
        }
    )
