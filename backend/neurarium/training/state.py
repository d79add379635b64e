"""All that a run needs to go on bit for bit: tensors and facts, as one safetensors document and never as pickle."""

import hashlib
import json
from dataclasses import dataclass

import safetensors.torch
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from safetensors import SafetensorError
from torch import Tensor

from neurarium.training.job import Job
from neurarium_models.graph import Graph

ENTRY = "neurarium"
"""Where the facts stand in the document's metadata."""


class StateError(ValueError):
    """Bytes that are not a saved state, or one that does not fit this run: a sentence."""


class FormerFacts(BaseModel):
    """What is not a tensor of a network as it was before it was edited."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    graph: Graph
    scalars: dict[str, float]


class Facts(BaseModel):
    """Everything of a state that is not a tensor."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int = Field(default=1, ge=1, le=1)
    job: Job = Field(description="The job as of now, with all changes and edits of points.")
    step: int = Field(ge=0, description="Optimiser steps taken.")
    epoch: int = Field(ge=0, description="Epochs that are over.")
    offset: int = Field(ge=0, description="How many examples of the next epoch were visited.")
    evaluated: int = Field(ge=0, description="The last step at which whole sets were evaluated.")
    scalars: dict[str, float] = Field(
        description="Plain numbers of the optimiser, by parameter path and name."
    )
    formers: list[FormerFacts] = Field(
        default=[], description="Networks that were edited since the last step, the latest last."
    )
    device: str = Field(description="Kind of device that computed it.")
    torch: str = Field(description="Version of torch that computed it.")
    threads: int = Field(description="How many threads computed it.")
    engine: str = Field(
        default="", description="Engine that computed it; empty: the file is older than this entry."
    )


@dataclass(frozen=True)
class State:
    """A run at one step. Tensors are copies on the CPU: `parameter.*`, `buffer.*`, `optimizer.*`, `former.*`."""

    facts: Facts
    tensors: dict[str, Tensor]

    @property
    def nbytes(self) -> int:
        """Memory that the tensors take, with what Python adds for each."""
        return sum(tensor.nbytes + 512 for tensor in self.tensors.values())

    def dumps(self) -> bytes:
        """Write the state as a safetensors document; the facts are JSON in its metadata."""
        return safetensors.torch.save(self.tensors, metadata={ENTRY: self.facts.model_dump_json()})

    def digest(self) -> str:
        """SHA-256 over all that continuation depends on."""
        return hashlib.sha256(self.dumps()).hexdigest()

    @staticmethod
    def loads(document: bytes) -> "State":
        """Read what `dumps` wrote."""
        try:
            tensors = safetensors.torch.load(document)
            length = int.from_bytes(document[:8], "little")
            facts = json.loads(document[8 : 8 + length])["__metadata__"][ENTRY]
            return State(Facts.model_validate_json(facts), tensors)
        except (
            SafetensorError,
            KeyError,
            TypeError,
            ValidationError,
            json.JSONDecodeError,
        ) as problem:
            raise StateError("These bytes are not the saved state of a run.") from problem
