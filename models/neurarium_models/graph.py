"""A network as plain data: a directed acyclic graph of layers with named ports, nested blocks and tied parameters.

The same document stands in the editor, the REST API, a preset file, a link and a checkpoint. The path of a node (ids
joined by dots, a repeated block's index included: `blocks.3.attention`) is its one name everywhere: page, URL,
state_dict, source and captured graph.
"""

from collections.abc import Callable
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from neurarium_models.layers import AnyLayer
from neurarium_models.tensor import TensorSpec

VERSION: Final = 1
UPGRADES: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {}
"""For each older version, how its document becomes one of the next version."""

Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,39}$")]
Reference = Annotated[
    str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,39}(:[A-Za-z][A-Za-z0-9_]{0,39})?$")
]
"""A graph input or a node's output: `hidden`, or `lstm:state` where a node has several outputs."""
ParameterPath = Annotated[
    str, Field(max_length=400, pattern=r"^[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z0-9_]+)+$")
]
NodePath = Annotated[
    str, Field(max_length=400, pattern=r"^[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z0-9_]+)*$")
]
SourcePath = Annotated[
    str,
    Field(
        max_length=400,
        pattern=r"^[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z0-9_]+)*(:[A-Za-z][A-Za-z0-9_]{0,39})?$",
    ),
]
"""A graph input, or the path of a node, with its port where it has several outputs: `blocks.0.lstm:state`."""
Connections = list[Reference] | dict[Name, Reference]
"""What feeds a node: in the order of its ports, or by port name."""


class Node(BaseModel):
    """One layer at one place."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Name = Field(description="Unique within its graph.")
    layer: AnyLayer = Field(description="What it computes.")
    inputs: Connections = Field(max_length=64, description="What it computes it from.")


class Body(BaseModel):
    """The inside of a block: inputs are names only, what they are follows from where the block stands."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    inputs: list[Name] = Field(max_length=16)
    nodes: list["Node | Block"] = Field(max_length=512)
    outputs: dict[Name, Reference] = Field(min_length=1, max_length=16)


class Block(BaseModel):
    """A graph inside a graph, once or `repeat` times in a row.

    When repeated, each output that has the name of an input feeds that input of the next repetition; the other inputs
    stay the same for all repetitions. Each repetition has parameters of its own, and its number in its path, from 0 on.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Name = Field(description="Unique within its graph.")
    block: Body = Field(description="What is inside.")
    repeat: int | None = Field(
        default=None,
        ge=1,
        le=1024,
        description="How many times in a row, numbered in the paths (`blocks.0`); none: once, without a number.",
    )
    inputs: dict[Name, Reference] = Field(
        max_length=16, description="What feeds each input of the body."
    )


def _version(document: dict[str, Any]) -> int:
    version = document.get("version")
    return version if isinstance(version, int) else VERSION


def upgrade(document: Any) -> Any:
    """Bring a graph document of any earlier version up to today's; anything else is returned as it is."""
    while isinstance(document, dict) and _version(document) in UPGRADES:
        document = UPGRADES[_version(document)](document)
    return document


class Graph(BaseModel):
    """A whole network."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = Field(default=VERSION, description="Version of this kind of document.")
    inputs: dict[Name, TensorSpec] = Field(
        min_length=1, max_length=16, description="What comes in, one example of it."
    )
    nodes: list[Node | Block] = Field(
        max_length=512, description="Layers and blocks, in any order."
    )
    outputs: dict[Name, Reference] = Field(
        min_length=1, max_length=16, description="What goes out."
    )
    tied: list[Annotated[list[ParameterPath], Field(min_length=2)]] = Field(
        default=[],
        max_length=64,
        description="Groups of parameters that are one tensor; the first is the owner.",
    )

    @property
    def reads_tokens(self) -> bool:
        """Whether any input stands for tokens (int64): then each example is many steps, and its numbers are names."""
        return any(spec.dtype == "int64" for spec in self.inputs.values())

    @model_validator(mode="before")
    @classmethod
    def _upgraded(cls, document: Any) -> Any:
        return upgrade(document)


AnyGraph = Graph
"""A graph of any version, as a field of another document: older ones are upgraded as they are read."""
