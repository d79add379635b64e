"""A job is everything a run is, as plain data: a link, a file and a checkpoint carry the same document."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from neurarium.datasets import AnyDataset
from neurarium.tasks import AnyTask
from neurarium.training.initialisations import AnyInitialisation
from neurarium.training.losses import AnyLoss
from neurarium.training.optimizers import AnyOptimizer
from neurarium.training.rates import Factor
from neurarium.training.regularisers import AnyRegulariser
from neurarium.training.schedules import AnySchedule
from neurarium.training.tamper import Tamper
from neurarium_models.graph import AnyGraph, NodePath

Precision = Literal["float32", "float64", "tf32", "bf16"]
Engine = Literal["auto", "plain"]
Device = Annotated[str, Field(pattern=r"^(auto|cpu|cuda(:\d{1,2})?|mps)$")]


class Batch(BaseModel):
    """How many examples a step looks at."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    policy: Literal["minibatch", "full", "single"] = Field(
        default="minibatch",
        description="Some examples a step (stochastic gradient descent), all of them (batch), or one (single-example).",
    )
    size: int = Field(default=16, ge=1, le=4096, description="Examples in a minibatch.")
    buckets: bool = Field(
        default=False,
        description="Sentences of similar length together in a minibatch, so that little of it is padding.",
    )

    def count(self, examples: int) -> int:
        """Say how many of `examples` a step looks at."""
        return {"minibatch": min(self.size, examples), "full": examples, "single": 1}[self.policy]


class Job(BaseModel):
    """What to train, on what, how, and for how long."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    title: str = Field(
        default="", max_length=80, description="A name for people; no behaviour depends on it."
    )
    name: str = Field(
        default="",
        max_length=60,
        description="What the network is called within a sentence, with its article; empty: as the title.",
    )
    graph: AnyGraph
    dataset: AnyDataset
    task: AnyTask
    loss: AnyLoss
    regulariser: AnyRegulariser
    optimizer: AnyOptimizer
    schedule: AnySchedule
    rates: dict[NodePath, Factor] = Field(
        default={},
        max_length=64,
        description="Factors of the learning rate by node or block; 0 freezes what was learned there.",
    )
    init: dict[NodePath, AnyInitialisation] = Field(
        default={},
        max_length=64,
        description="How weights begin, by node or block; all others as torch's layers do.",
    )
    tampering: list[Tamper] = Field(
        default=[],
        max_length=64,
        description="Where the way back is not what it should be: edges cut, gradients scaled, wrong derivatives. "
        "What the network answers stays as it is.",
    )
    batch: Batch = Batch()
    steps: int = Field(
        default=1000, ge=1, le=10_000_000, description="Optimiser steps until the run is finished."
    )
    seed: int = Field(default=0, ge=0, le=2**53 - 1, description="Where all randomness comes from.")
    precision: Precision = Field(
        default="float32",
        description="Element type of parameters and computation. `tf32` and `bf16` keep float32 and only let the "
        "layers of a step compute in shorter numbers: in TensorFloat-32 on NVIDIA's cards, in bfloat16 anywhere.",
    )
    device: Device = Field(
        default="auto", description="`auto` takes CUDA, then Apple's MPS, then the CPU."
    )
    engine: Engine = Field(
        default="auto",
        description="How steps are computed: `auto` takes the fastest way that is proved equal, `plain` autograd.",
    )

    @property
    def dtype(self) -> Literal["float32", "float64"]:
        """Element type of parameters and data, by the name that torch and NumPy share."""
        return "float64" if self.precision == "float64" else "float32"


BY_NODE = ("rates", "init")
"""Entries whose keys are paths of nodes."""
WHOLE = ("graph", *BY_NODE)
"""Entries whose keys are names of the user's own: they are replaced, not merged."""


def merge(document: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Lay changes over a job document: nested (`{"optimizer": {"lr": 0.1}}`) or dotted (`{"optimizer.lr": 0.1}`).

    A change of `kind` replaces the whole entry, as the settings of another kind mean nothing to it. `rates` and `init`
    are replaced as a whole, or, dotted, at one node: `{"rates.hidden1": 0}`; what is none in `init` is taken out.
    """
    result = dict(document)
    for key, value in changes.items():
        head, _, rest = key.partition(".")
        if head in BY_NODE and rest and isinstance(result.get(head, {}), dict):
            result[head] = result.get(head, {}) | {rest: value}
            if head == "init" and value is None:
                result[head].pop(rest)
            continue
        change = {rest: value} if rest else value
        old = result.get(head)
        if isinstance(old, dict) and isinstance(change, dict) and head not in WHOLE:
            other_kind = "kind" in change and change["kind"] != old.get("kind")
            result[head] = merge({} if other_kind else old, change)
        else:
            result[head] = change
    return result


def sentence(problem: ValidationError) -> str:
    """Say what is wrong with a document, by the first thing that is."""
    first = problem.errors(include_url=False, include_input=False, include_context=False)[0]
    steps = list(map(str, first["loc"]))
    if steps[:1] == ["init"]:
        del steps[2:3]  # its kinds are in small letters
    path = ".".join(part for part in steps if not part[:1].isupper())  # kinds are no keys
    return f"`{path}`: {first['msg'].removeprefix('Value error, ').rstrip('.')}."
