"""Small runs to look into, and NumPy's own idea of what their networks compute."""

import functools
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurarium.capture.capture import capture_run
from neurarium.probe import Frame, Picture, Probe
from neurarium.probes import PROBES
from neurarium.sessions.timeline import Timeline
from neurarium.training.job import Job, merge
from neurarium.training.run import Run
from neurarium.training.view import View
from neurarium_models.preset import PRESETS

Array = NDArray[Any]
CURVES: Mapping[str, Any] = {
    "Tanh": np.tanh,
    "ReLU": lambda z: np.maximum(z, 0),
    "Sigmoid": lambda z: 1 / (1 + np.exp(-z)),
}


def make_probe(kind: str, **settings: Any) -> Probe:
    return PROBES[kind].model_validate({"kind": kind, **settings})


def node(name: str, kind: str, *sources: str, **settings: Any) -> dict[str, Any]:
    return {"id": name, "layer": {"kind": kind, **settings}, "inputs": list(sources)}


def graph(
    nodes: list[dict[str, Any]], shape: tuple[int, ...] = (2,), axes: str = "D"
) -> dict[str, Any]:
    return {
        "inputs": {"x": {"axes": list(axes), "shape": list(shape)}},
        "nodes": nodes,
        "outputs": {"y": nodes[-1]["id"]},
    }


def chain(*widths: int, kind: str = "Tanh", inputs: int = 2) -> dict[str, Any]:
    """Linear layers h0, h1, ... with activations a0, a1, ... between them."""
    nodes, source = [], "x"
    for number, width in enumerate(widths):
        nodes.append(node(f"h{number}", "Linear", source, out_features=width))
        source = f"h{number}"
        if number < len(widths) - 1:
            nodes.append(node(f"a{number}", kind, source))
            source = f"a{number}"
    return graph(nodes, (inputs,))


def make_job(**changes: Any) -> Job:
    """A job in float64 on two circles, unless told otherwise."""
    base: dict[str, Any] = {
        "graph": chain(4, 3, 1),
        "dataset": {"kind": "Circles", "samples": 90},
        "task": {"kind": "Classification"},
        "loss": {"kind": "SquaredError"},
        "regulariser": {"kind": "NoPenalty"},
        "optimizer": {"kind": "SGD", "lr": 0.05},
        "schedule": {"kind": "Constant"},
        "batch": {"policy": "minibatch", "size": 16},
        "steps": 400,
        "seed": 5,
        "precision": "float64",
        "device": "cpu",
    }
    return Job.model_validate(merge(base, changes))


def preset(name: str, **changes: Any) -> Job:
    found = PRESETS[name]
    assert found.job is not None
    document = {**found.job, "graph": found.graph.model_dump(mode="json"), "device": "cpu"}
    return Job.model_validate(merge(document, changes))


def trained(job: Job, steps: int = 5) -> Timeline:
    """A run with its past that has taken some observed steps."""
    timeline = Timeline(Run(job))
    for _ in range(steps):
        timeline.take(observe=True)
    return timeline


def seen(job: Job | None = None, steps: int = 5) -> View:
    timeline = trained(job or make_job(), steps)
    captured = functools.cache(functools.partial(capture_run, timeline.run))
    return replace(timeline.view(), captured=captured)


def array(frame: Frame, name: str, at: str | None = None) -> Array:
    """The numbers of one picture."""
    return found(frame, name, at).values


def found(frame: Frame, name: str, at: str | None = None) -> Picture:
    return next(p for p in frame.pictures if p.name == name and at in (None, p.node))


def weights(view: View) -> dict[str, Array]:
    return {
        name: value.detach().numpy().astype(float)
        for name, value in view.network.named_parameters()
    }


def forward(view: View, x: Array, kind: str = "Tanh") -> dict[str, Array]:
    """What a chain computes, by node path, in NumPy."""
    known, values, a = weights(view), {"x": x}, x
    layers = sum(name.endswith(".weight") for name in known)
    for number in range(layers):
        z = a @ known[f"h{number}.weight"].T + known[f"h{number}.bias"]
        a = CURVES[kind](z) if number < layers - 1 else z
        values[f"h{number}"], values[f"a{number}"] = z, a
    return values


def everything(view: View, name: str) -> Array:
    """An array of all examples: those that train, then those held out."""
    return np.concatenate([view.examples.train.arrays[name], view.examples.validation.arrays[name]])


def ids(view: View) -> Array:
    return np.concatenate([view.examples.train.ids, view.examples.validation.ids])


def middles(size: int) -> Array:
    """The middles of the cells of the plane, row by row from the top left, written as a loop."""
    side = 6 / size
    return np.array(
        [
            (-3 + (column + 0.5) * side, 3 - (row + 0.5) * side)
            for row in range(size)
            for column in range(size)
        ]
    )
