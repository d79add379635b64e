"""Small jobs to try things on, in the plane and on a line."""

from typing import Any

from neurarium.training.job import Job, merge
from neurarium.training.report import Report
from neurarium.training.run import Run


def linear(name: str, width: int, source: str) -> dict[str, Any]:
    return {"id": name, "layer": {"kind": "Linear", "out_features": width}, "inputs": [source]}


def activation(name: str, kind: str, source: str, **settings: Any) -> dict[str, Any]:
    return {"id": name, "layer": {"kind": kind, **settings}, "inputs": [source]}


def graph(*nodes: dict[str, Any], inputs: int = 2) -> dict[str, Any]:
    return {
        "inputs": {"x": {"axes": ["D"], "shape": [inputs]}},
        "nodes": list(nodes),
        "outputs": {"y": nodes[-1]["id"]},
    }


def mlp(outputs: int = 1, kind: str = "Tanh", inputs: int = 2) -> dict[str, Any]:
    return graph(
        linear("hidden", 5, "x"),
        activation("bend", kind, "hidden"),
        linear("output", outputs, "bend"),
        inputs=inputs,
    )


def dropping() -> dict[str, Any]:
    """A network that draws at random in training, and notes down what it has seen."""
    return graph(
        linear("hidden", 8, "x"),
        activation("norm", "BatchNorm1d", "hidden"),
        activation("drop", "Dropout", "norm", p=0.3),
        linear("output", 1, "drop"),
    )


def document(**changes: Any) -> dict[str, Any]:
    base: dict[str, Any] = {
        "graph": mlp(),
        "dataset": {"kind": "Xor", "samples": 60, "noise": 0.1},
        "task": {"kind": "Classification"},
        "loss": {"kind": "CrossEntropy"},
        "regulariser": {"kind": "NoPenalty"},
        "optimizer": {"kind": "SGD", "lr": 0.1},
        "schedule": {"kind": "Constant"},
        "batch": {"policy": "minibatch", "size": 16},
        "steps": 60,
        "seed": 3,
        "device": "cpu",
    }
    return merge(base, changes)


def make_job(**changes: Any) -> Job:
    return Job.model_validate(document(**changes))


def trained(steps: int, **changes: Any) -> Run:
    """A run that has taken some steps."""
    run = Run(make_job(**changes))
    take(run, steps)
    return run


def take(run: Run, steps: int) -> list[Report]:
    return [run.take() for _ in range(steps)]
