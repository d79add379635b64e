"""What a worker does once before it says hello, so that no learner waits for a first time."""

import json

from neurarium.probes import PROBES
from neurarium.sessions import gaze
from neurarium.sessions.demo import demo_job
from neurarium.sessions.timeline import Timeline
from neurarium.training.run import Run

STEPS = 2


def up(device: str) -> None:
    """Train two real steps and look with every probe: torch loads much of itself only when it is first used."""
    timeline = Timeline(Run(demo_job(), device))
    for _ in range(STEPS):
        timeline.take(observe=True)
    for kind in PROBES:
        probe = gaze.read(json.dumps({"kind": kind}).encode())
        try:
            gaze.draw(probe, "warm", timeline.view())
        except Exception as problem:  # noqa: BLE001 - whatever a probe does, training can begin
            gaze.excuse(
                problem, probe
            )  # some need a node of somebody's choice; none keeps a worker from starting
    timeline.state().dumps()
