"""What is cut, scaled or sent back wrong is so number by number, too: against the engine that trains with it."""

from typing import Any

import numpy as np
import pytest

from neurarium.capture.scalar_graph import scalar_graph
from neurarium.capture.scalars import ScalarGraph
from neurarium.probes.scalars import Scalars as Probe
from neurarium.training.check import check_job
from neurarium.training.engine.plain import Plain
from neurarium.training.job import Job
from neurarium.training.run import Run
from tests.backend.probes.runs import array, chain, make_job, node

SIDE = chain(1) | {
    "nodes": [
        node("a", "Linear", "x", out_features=3), node("b", "ReLU", "a"),
        node("same", "Identity", "b"), node("side", "Concat", "same", "x"),
        node("both", "Add", "same", "b"), node("again", "Concat", "both", "side"),
        node("y", "Linear", "again", out_features=1),
    ],
    "outputs": {"y": "y"},
}  # fmt: skip
L2 = {"kind": "L2", "strength": 0.1}


def tampered(*entries: dict[str, Any], **changes: Any) -> Job:
    document = {"graph": chain(3, 3, 1), "regulariser": L2} | changes
    return make_job(engine="plain", tampering=list(entries), **document)


JOBS = {
    "an edge": tampered({"kind": "cut", "source": "a0", "node": "h1"}),
    "one unit": tampered({"kind": "cut", "source": "a0", "node": "h1", "unit": 1}),
    "one reader": tampered({"kind": "cut", "source": "a0", "node": "h1", "reader": 2}),
    "one wire": tampered({"kind": "cut", "source": "a0", "node": "h1", "unit": 1, "reader": 2}),
    "a bent unit": tampered({"kind": "cut", "source": "h0", "node": "a0", "unit": 0}),
    "a weight": tampered({"kind": "cut_weight", "parameter": "h1.weight", "index": [0, 2]}),
    "weights": tampered({"kind": "cut_weight", "parameter": "h1.weight", "index": None}),
    "a bias": tampered({"kind": "cut_weight", "parameter": "h0.bias", "index": [1]}),
    "scaled": tampered({"kind": "scale", "source": "a0", "node": "h1", "factor": -2.5}),
    "scaled twice": tampered(
        {"kind": "scale", "source": "a0", "node": "h1", "factor": 3},
        {"kind": "scale", "source": "h0", "node": "a0", "factor": 0.5},
        {"kind": "cut", "source": "a0", "node": "h1", "unit": 0, "reader": 0},
    ),
    "a curve": tampered({"kind": "wrong", "node": "a1", "backward": "TanhUnsquared"}),
    "transposed": tampered({"kind": "wrong", "node": "h1", "backward": "LinearTransposed"}),
    "climbing": tampered(
        {"kind": "wrong", "node": "h1", "backward": "LinearMinus"},
        {"kind": "cut", "source": "a0", "node": "h1", "unit": 0, "reader": 0},
    ),
    "past a layer that passes on": tampered(
        {"kind": "cut", "source": "b", "node": "same", "unit": 2},
        {"kind": "scale", "source": "same", "node": "side", "factor": 4},
        {"kind": "cut", "source": "side", "node": "again", "unit": 0},
        graph=SIDE,
    ),
    "tied": tampered(
        {"kind": "cut_weight", "parameter": "h1.weight", "index": [0, 1]},
        graph=chain(2, 2, 1) | {"tied": [["h0.weight", "h1.weight"]]},
    ),
}


def gradients(job: Job) -> tuple[ScalarGraph, dict[str, float], dict[str, float]]:
    """Those of the document, and those of the engine for the same example, by id."""
    check_job(job)
    run = Run(job)
    graph = scalar_graph(job)
    batch = run.stream.peek(1)
    frame = Probe(example=int(batch.ids[0])).look(run.view())
    found = dict(zip([s.id for s in graph.scalars], array(frame, "gradient"), strict=True))
    engine = run.engine
    assert isinstance(engine, Plain)
    engine.backward(batch.tensors, 0)
    known = engine.gradients()
    wanted = {
        scalar.id: known[scalar.parameter][tuple(scalar.index)].item()
        for scalar in graph.scalars
        if scalar.parameter
    }
    return graph, found, wanted


@pytest.mark.parametrize("name", JOBS)
def test_gradients_are_those_that_the_run_learns_from(name: str) -> None:
    _, found, wanted = gradients(JOBS[name])
    for key, gradient in wanted.items():
        assert found[key] == pytest.approx(gradient, abs=1e-12), key
    whole = gradients(JOBS[name].model_copy(update={"tampering": []}))[2]
    assert any(abs(whole[key] - wanted[key]) > 1e-6 for key in wanted), "nothing was changed"


@pytest.mark.parametrize("graph", [chain(3, 2, 1), SIDE], ids=["a chain", "shortcuts"])
def test_what_an_edge_carries_cuts_this_very_edge(graph: dict[str, Any]) -> None:
    drawn = scalar_graph(tampered(graph=graph))
    carrying = [edge for edge in drawn.edges if edge.tamper is not None]
    assert len(carrying) > len(drawn.edges) / 2
    for place, edge in enumerate(drawn.edges):
        if edge.tamper is None:
            continue
        job = tampered(edge.tamper.model_dump(mode="json"), graph=graph)
        check_job(job)
        factors = {i: each.factor for i, each in enumerate(scalar_graph(job).edges)}
        cut = [i for i, factor in factors.items() if factor != 1]
        assert all(factors[i] == 0 for i in cut)
        if edge.tamper.kind == "cut":
            assert cut == [place]
        else:  # a weight that is cut off hears nothing of the penalty either
            assert cut == [i for i, each in enumerate(drawn.edges) if each.source == edge.source]


def test_a_wrong_backward_is_named_on_its_edges_and_the_key_is_another() -> None:
    right, wrong = (scalar_graph(JOBS[name]) for name in ("an edge", "a curve"))
    assert {edge.to for edge in wrong.edges if edge.wrong == "TanhUnsquared"} == {
        "a1[0]", "a1[1]", "a1[2]",
    }  # fmt: skip
    assert right.key != wrong.key
    np.testing.assert_array_equal([edge.wrong for edge in right.edges], "")
