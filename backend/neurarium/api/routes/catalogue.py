"""Everything that can be picked: every shelf, with settings as JSON Schema and help."""

from collections.abc import Mapping
from functools import cache
from inspect import getdoc
from itertools import islice
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, Field

from neurarium.api.problems import documented
from neurarium.api.routes.router import new_router
from neurarium.api.run import Answer
from neurarium.capture.card import Card, Curve
from neurarium.capture.cards import CARDS
from neurarium.dataset import Dataset
from neurarium.datasets import DATASETS
from neurarium.plane import PointDataset
from neurarium.probes import PROBES
from neurarium.tasks import TASKS
from neurarium.training.ablations import ABLATIONS
from neurarium.training.backwards import BACKWARDS
from neurarium.training.initialisations import INITIALISATIONS
from neurarium.training.losses import LOSSES
from neurarium.training.optimizers import OPTIMIZERS
from neurarium.training.regularisers import REGULARISERS
from neurarium.training.schedules import SCHEDULES
from neurarium_models.layers import LAYERS
from neurarium_models.tensor import TensorSpec

router = new_router("catalogue", "/api/v1")


SKETCHED = 72
"""Points of a dataset's small picture."""
DRAWN = 61
"""Points of a function's curve."""


class Entry(Answer):
    """One thing that can be picked."""

    kind: str = Field(description="Its name in documents.")
    title: str = Field(description="What people call it.")
    help: str
    settings: dict[str, Any] = Field(description="JSON Schema of its settings, `kind` included.")


class LayerEntry(Entry):
    """A layer, and how it is connected."""

    ports: list[str] = Field(description="Names of its inputs, in order.")
    optional_ports: list[str]
    variadic: bool = Field(
        description="Whether the last port may be connected any number of times."
    )
    elementwise: bool = Field(description="Whether it acts on each number by itself.")


class DatasetEntry(Entry):
    """A source of examples, with a small picture of itself."""

    target: Literal["class", "real", "input"] = Field(description="What is to be learned.")
    inputs: dict[str, TensorSpec] = Field(description="What a network is given, by default.")
    sketch: list[tuple[float, float, float]] = Field(
        description="Some points of it: two coordinates, and class or value. Empty where it has no points."
    )


class TaskEntry(Entry):
    """A task, and what goes with it."""

    use: str = Field(description="How the network is used, once trained.")
    losses: list[str] = Field(description="Kinds of loss that make sense, the usual one first.")


class FormulaEntry(Entry):
    """A loss or regulariser."""

    formula: str = Field(description="In LaTeX, with the lecture's letters.")


class OptimizerEntry(Entry):
    """A learning rule."""

    variants: dict[str, dict[str, float | bool]] = Field(
        description="Well-known settings under names of their own."
    )


class ProbeEntry(Entry):
    """A way of looking."""

    rate: float = Field(description="Frames a second that a watching page is given at most.")
    observes_step: bool = Field(description="Whether it needs a step being taken.")


class BackwardEntry(Entry):
    """A wrong backward, which a layer may be given."""

    layers: list[str] = Field(description="Kinds of layers that it can be put into.")
    formula: str = Field(description="What the layer should send back, in LaTeX.")
    mistake: str = Field(description="What it sends back instead, in LaTeX.")


class InitialisationEntry(FormulaEntry):
    """A way for weights to begin."""

    axes: int = Field(description="How many axes a weight needs at least.")


class WayBack(Answer):
    """What an operation sends back to one of its inputs."""

    input: str = Field(description="The letter of the input in `forward`, in LaTeX.")
    formula: str = Field(
        description="∂E/∂input in LaTeX: downstream = upstream × local. g is what arrives."
    )


class CardCurve(Answer):
    """A function of one number, drawn."""

    x: list[float]
    y: list[float]
    slope: list[float]


class OperationEntry(Answer):
    """A function of torch: the card that the captured graph shows for it."""

    kind: str = Field(
        description="The function without its overload: `title` of a captured operation."
    )
    title: str = Field(description="What people call it.")
    help: str
    symbol: str = Field(description="What stands in a small box: `×`, `tanh`.")
    forward: str = Field(description="What it computes, in LaTeX: x comes in, y comes out.")
    backward: list[WayBack] = Field(description="Empty: no gradient flows through it.")
    curve: CardCurve | None = Field(
        description="Of a function of one number, with usual settings; none: it is another kind of function."
    )


class Catalogue(Answer):
    """Every shelf."""

    layers: list[LayerEntry]
    datasets: list[DatasetEntry]
    tasks: list[TaskEntry]
    losses: list[FormulaEntry]
    regularisers: list[FormulaEntry]
    optimizers: list[OptimizerEntry]
    schedules: list[Entry]
    init: list[InitialisationEntry]
    probes: list[ProbeEntry]
    operations: list[OperationEntry]
    backwards: list[BackwardEntry]
    ablations: list[Entry]


def entry(kind: str, model: type[BaseModel]) -> dict[str, Any]:
    """Describe one entry of any shelf."""
    return {
        "kind": kind,
        "title": getattr(model, "title", kind),
        "help": getdoc(model) or "",
        "settings": model.model_json_schema(),
    }


def entries(shelf: Mapping[str, type[BaseModel]], **facts: str) -> list[dict[str, Any]]:
    """Describe a shelf; `facts` says what else to tell of each entry: field = attribute of the class."""
    return [
        entry(kind, model) | {field: getattr(model, name) for field, name in facts.items()}
        for kind, model in shelf.items()
    ]


def operation_entry(kind: str, card: type[Card]) -> dict[str, Any]:
    """Describe a function of torch."""
    facts: dict[str, Any] = {
        "kind": kind,
        "title": card.title,
        "help": getdoc(card) or "",
        "symbol": card.symbol,
        "forward": card.forward,
        "backward": [{"input": x, "formula": way} for x, way in card.ways_back().items()],
        "curve": None,
    }
    if issubclass(card, Curve):
        function = card.model_validate({})
        x = np.linspace(*card.reach, DRAWN)
        drawn = {"x": x, "y": function.value(x), "slope": function.slope(x)}
        facts["curve"] = {name: row.round(4).tolist() for name, row in drawn.items()}
    return facts


def dataset_entry(kind: str) -> dict[str, Any]:
    """Describe a dataset, and sketch it by its first points if it has any."""
    dataset = DATASETS[kind].model_validate({})
    facts = {"target": dataset.target().kind, "inputs": dataset.inputs(), "sketch": sketch(dataset)}
    return entry(kind, DATASETS[kind]) | facts


def sketch(dataset: Dataset) -> list[tuple[float, float, float]]:
    """Draw the first points of a dataset; none where examples have no place, as drawing them may take long."""
    if not isinstance(dataset, PointDataset):
        return []
    arrays = dataset.draw(0).train.arrays
    return [
        (round(float(place[0]), 2), round(float(place[-1]), 2), round(float(label.flat[0]), 2))
        for place, label in islice(zip(arrays["position"], arrays["y"], strict=True), SKETCHED)
    ]


@cache
def catalogue() -> Catalogue:
    """Describe every shelf; what is on them is which files are there."""
    ports = {name: name for name in ("ports", "optional_ports", "variadic", "elementwise")}
    return Catalogue.model_validate(
        {
            "layers": entries(LAYERS, **ports),
            "datasets": [dataset_entry(kind) for kind in DATASETS],
            "tasks": entries(TASKS, use="use", losses="losses_offered"),
            "losses": entries(LOSSES, formula="formula"),
            "regularisers": entries(REGULARISERS, formula="formula"),
            "optimizers": entries(OPTIMIZERS, variants="variants"),
            "schedules": entries(SCHEDULES),
            "init": entries(INITIALISATIONS, formula="formula", axes="axes"),
            "probes": entries(PROBES, rate="rate", observes_step="observes_step"),
            "operations": [operation_entry(kind, card) for kind, card in CARDS.items()],
            "backwards": entries(BACKWARDS, layers="layers", formula="formula", mistake="mistake"),
            "ablations": entries(ABLATIONS),
        }
    )


@router.get("/catalogue", responses=documented())
async def get_catalogue() -> Catalogue:
    """Show every shelf: layers, data, tasks, losses, optimisers, initialisations, probes, and all others."""
    return catalogue()
