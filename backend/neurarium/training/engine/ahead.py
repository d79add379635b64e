"""Compile the loops for small networks before anybody waits for them: `python -m neurarium.training.engine.ahead`."""

import logging

from neurarium.training.job import Job
from neurarium.training.run import PRECISIONS, Run
from neurarium_models.preset import PRESETS

PRESET = "mlp-circles"
"""Any chain of small layers: there is one program for all."""


def compile_loops() -> None:
    """Build a run of each precision: the engine is tried, and so compiled, and that stays on disk."""
    preset = PRESETS[PRESET]
    document = {**(preset.job or {}), "graph": preset.graph, "device": "cpu"}
    for precision in PRECISIONS:
        Run(Job.model_validate({**document, "precision": precision}))


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    compile_loops()
