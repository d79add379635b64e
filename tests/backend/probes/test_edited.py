"""A run whose network was edited can be looked at with everything, now and in its past; looking changes no bit."""

import pytest

from neurarium.probe import ProbeError
from neurarium.probes import PROBES
from neurarium.sessions.timeline import Timeline
from neurarium.training.command import EditGraph
from neurarium.training.run import Run
from neurarium_models.graph import Graph
from tests.backend.probes.runs import chain, graph, make_job, make_probe, node, preset

EDITS = {
    8: chain(7, 3, 1),
    16: chain(7, 3, 3, 1),
    24: chain(2, 3, 1, kind="ReLU"),
    32: graph([node("first", "Linear", "x", out_features=5), node("h1", "Linear", "first", out_features=1)]),
}  # fmt: skip


def edited() -> Timeline:
    timeline = Timeline(Run(make_job(optimizer={"kind": "Adam", "lr": 0.01})))
    while timeline.run.step < 40:
        if timeline.run.step in EDITS:
            document = EDITS[timeline.run.step]
            timeline.apply(EditGraph(graph=Graph.model_validate(document)))
        timeline.take(observe=True)
    return timeline


def looked(timeline: Timeline, step: int | None, kind: str) -> bool:
    """Whether a probe has an answer; it may refuse, and nothing else."""
    try:
        make_probe(kind).look(timeline.view(step))
    except ProbeError:
        return False
    return True


@pytest.mark.slow
@pytest.mark.parametrize("kind", PROBES)
def test_every_probe_looks_or_says_why_not(kind: str) -> None:
    timeline = edited()
    digest = timeline.run.state().digest()
    fresh = Timeline(Run(make_job(optimizer={"kind": "Adam", "lr": 0.01})))
    for _ in range(40):
        fresh.take(observe=True)
    steps = (None, 39, 33, 24, 17, 16, 8, 3, 0)
    answers = [looked(timeline, step, kind) for step in steps]
    assert answers[0] == looked(fresh, None, kind)
    assert answers[1] == looked(fresh, 39, kind)
    assert timeline.run.state().digest() == digest


@pytest.mark.slow
@pytest.mark.parametrize("kind", PROBES)
def test_every_probe_looks_right_behind_an_edit(kind: str) -> None:
    timeline = edited()
    timeline.apply(EditGraph(graph=Graph.model_validate(chain(4, 4, 1))))
    looked(timeline, None, kind)
    looked(timeline, 12, kind)


def test_maps_are_seen_of_an_edited_convolution() -> None:
    job = preset("lenet5")
    timeline = Timeline(Run(job))
    for _ in range(3):
        timeline.take(observe=True)
    document = job.graph.model_dump(mode="json")
    first = next(each for each in document["nodes"] if each["layer"]["kind"] == "Conv2d")
    first["layer"]["out_channels"] += 2
    timeline.apply(EditGraph(graph=Graph.model_validate(document)))
    for kind in ("rf", "filter", "value", "weight"):
        looked(timeline, None, kind)
    timeline.take(observe=True)
    view = timeline.view()
    assert view.observation is not None
    assert (
        len(view.observation.gradients[f"{first['id']}.weight"]) == (first["layer"]["out_channels"])
    )
