"""What a worker does once before it says hello, so that no learner waits for a first time."""

from neurarium.probe import ProbeError
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
        try:
            gaze.draw(gaze.read(b'{"kind":"%s"}' % kind.encode()), "warm", timeline.view())
        except ProbeError:
            continue  # it needs a node or an example of its own choice
    timeline.state().dumps()
