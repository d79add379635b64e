"""Random jobs that train: dense layers, convolutions, pooling, norms, dropout and merges, on all sorts of data."""

from typing import Any

import numpy as np

from neurarium.training.job import Job
from neurarium_models.layer import LayerError
from neurarium_models.layers import LAYERS
from neurarium_models.tensor import TensorSpec

BENDS = ["ReLU", "Tanh", "Sigmoid", "GELU", "SiLU", "ELU", "LeakyReLU", "ScaledTanh", "Step"]
ROWS = ["Linear"] * 6 + ["BatchNorm1d", "LayerNorm", "RMSNorm", "L2Normalize", "Dropout"]
IMAGES = (
    ["Conv2d"] * 6 + ["MaxPool2d", "AvgPool2d", "BatchNorm2d", "GroupNorm", "Dropout", "Dropout2d"]
    + ["LocalResponseNorm", "Upsample", "ZeroPad2d", "ConvTranspose2d", "RandomAffine"]
)  # fmt: skip
MERGES = ["Add", "Multiply", "Concat"]
DATA: list[dict[str, Any]] = [
    {"kind": "Circles"},
    {"kind": "Spiral"},
    {"kind": "Gaussians"},
    {"kind": "Glyphs"},
    {"kind": "Digits", "copies": 1},
    {"kind": "Digits", "copies": 2},
]
OPTIMIZERS: list[dict[str, Any]] = [
    {"kind": "SGD"},
    {"kind": "SGD", "momentum": 0.9},
    {"kind": "SGD", "momentum": 0.9, "nesterov": True},
    {"kind": "Adam"},
    {"kind": "AdamW"},
    {"kind": "RMSprop"},
    {"kind": "Rosenblatt"},
]
REGULARISERS = ["NoPenalty", "NoPenalty", "L1", "L2"]


class Grower:
    """Adds layers to a network, keeping track of what may feed the next."""

    def __init__(self, rng: np.random.Generator, start: TensorSpec) -> None:
        self.rng = rng
        self.known = {"x": start}
        self.nodes: list[dict[str, Any]] = []

    def pick(self, items: list[Any]) -> Any:
        """Take any of some things."""
        return items[int(self.rng.integers(len(items)))]

    def width(self, most: int) -> int:
        """Draw a size; small ones are as likely as large ones."""
        return int(2 ** self.rng.uniform(2, np.log2(most)))

    def settings(self, kind: str) -> dict[str, Any]:
        """Choose settings that change sizes."""
        draw = self.rng.integers
        choices: dict[str, dict[str, Any]] = {
            "Linear": {"out_features": self.width(2048)},
            "Conv2d": {
                "out_channels": 2 * self.width(24),
                "kernel_size": int(draw(1, 6)),
                "stride": self.pick([1, 1, 1, 2]),
                "padding": int(draw(0, 3)),
                "groups": self.pick([1, 1, 1, 2]),
            },
            "ConvTranspose2d": {"out_channels": self.width(16)},
            "MaxPool2d": {"kernel_size": int(draw(2, 4)), "stride": self.pick([None, 1, 2])},
            "AvgPool2d": {"kernel_size": int(draw(2, 4)), "stride": self.pick([None, 1, 2])},
            "Dropout": {"p": self.pick([0.0, 0.2, 0.5])},
            "GroupNorm": {"num_groups": self.pick([1, 2])},
            "Concat": {"axis": self.pick([-1, -3])},
        }
        return choices.get(kind, {})

    def add(self, kind: str, *sources: str, **settings: Any) -> bool:
        """Add a layer, if it fits."""
        layer = LAYERS[kind](**settings)
        try:
            outputs = layer.outputs(*(self.known[source] for source in sources))
        except LayerError:
            return False
        id = f"n{len(self.nodes)}"
        self.known[id] = outputs["output"]
        self.nodes.append({"id": id, "layer": layer.model_dump(), "inputs": list(sources)})
        return True

    @property
    def last(self) -> str:
        """Name what was added last."""
        return list(self.known)[-1]

    def grow(self) -> None:
        """Try one layer on what is there."""
        spec = self.known[self.last]
        if self.rng.random() < 0.15:
            alike = [name for name, its in self.known.items() if its.axes == spec.axes]
            self.add(*self._merge(alike))
        elif self.rng.random() < 0.3:
            self.add(self.pick(BENDS), self.last)
        elif len(spec.shape) == 1 and self.rng.random() < 0.1:
            side = self.pick([8, 12, 16])
            self.add("Linear", self.last, out_features=4 * side**2)
            self.add("Reshape", self.last, shape=(4, side, side), axes=("C", "H", "W"))
        else:
            kind = self.pick(ROWS if len(spec.shape) == 1 else IMAGES)
            self.add(kind, self.last, **self.settings(kind))

    def _merge(self, alike: list[str]) -> tuple[str, ...]:
        others = [self.pick(alike) for _ in range(int(self.rng.integers(1, 3)))]
        return (self.pick(MERGES), self.last, *others)


def random_job(seed: int) -> Job:
    """Grow one job; the same seed gives the same."""
    rng = np.random.default_rng(seed)
    pick = rng.integers
    data = dict(DATA[int(pick(len(DATA)))])
    if data["kind"] != "Digits":
        data["samples"] = int(rng.choice([300, 1500, 5000])) if data["kind"] != "Glyphs" else 300
    start = {
        "Digits": TensorSpec(axes=("C", "H", "W"), shape=(1, 32, 32)),
        "Glyphs": TensorSpec(axes=("H", "W"), shape=(20, 20)),
    }.get(data["kind"], TensorSpec(axes=("D",), shape=(2,)))
    grower = Grower(rng, start)
    if data["kind"] == "Glyphs":
        grower.add("Unsqueeze", "x", dim=-3, axis="C")
    for _ in range(int(pick(2, 20))):
        grower.grow()
    if len(grower.known[grower.last].shape) == 3:
        grower.add(
            *(("AdaptiveAvgPool2d", grower.last) if pick(3) == 0 else ("Flatten", grower.last))
        )
        grower.add("Flatten", grower.last)
    grower.add("Linear", grower.last, out_features=10 if data["kind"] == "Digits" else 1)
    inputs = {"x": start.model_dump()}
    return Job.model_validate(
        {
            "graph": {"inputs": inputs, "nodes": grower.nodes, "outputs": {"y": grower.last}},
            "dataset": data,
            "task": {"kind": "Classification"},
            "loss": {"kind": ["CrossEntropy", "Hinge", "SquaredError"][int(pick(3))]},
            "regulariser": {"kind": REGULARISERS[int(pick(4))]},
            "optimizer": {**OPTIMIZERS[int(pick(len(OPTIMIZERS)))], "lr": 1e-4},
            "schedule": {"kind": "Constant"},
            "batch": {
                "policy": ["minibatch", "minibatch", "minibatch", "full", "single"][int(pick(5))],
                "size": int(2 ** rng.uniform(0, 12)),
            },
            "precision": ["float32", "float32", "float64"][int(pick(3))],
            "device": "cpu",
            "engine": "plain",
        }
    )
