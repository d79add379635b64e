"""Source as a document: its text, which line is about which node, and what is wrong with it."""

from pydantic import BaseModel, ConfigDict, Field

from neurarium_models.graph import Graph
from neurarium_models.problem import Problem

MAXIMUM_TEXT = 200_000
"""Characters of a source that is read; a longer one is refused before it is looked at."""


class WriteError(ValueError):
    """A graph with errors has no source; `problems` says which."""

    def __init__(self, problems: list[Problem]) -> None:
        """Show the first problem as a sentence."""
        super().__init__(f"{problems[0].node or 'network'}: {problems[0].message}")
        self.problems = problems


class Record(BaseModel):
    """Part of an answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Source(Record):
    """A network in PyTorch: a file that needs torch alone."""

    name: str = Field(description="The class of the network.")
    text: str = Field(description="The file.")
    nodes: list[list[str]] = Field(
        description="For each line, the paths of the nodes and blocks that it is about; mostly one or none."
    )
    problems: list[Problem] = Field(
        default=[],
        description="Where sizes do not fit; what would follow from them is written `...`, and torch cannot make it.",
    )


class SourceProblem(Record):
    """Why some source is no graph."""

    line: int = Field(ge=1, description="The line, from 1 on.")
    column: int = Field(ge=1, description="The character in it, from 1 on.")
    end: int = Field(
        ge=1, description="The character of this line behind the last that is meant, from 1 on."
    )
    message: str = Field(description="A sentence: what cannot be represented, and why.")
    instead: str | None = Field(
        default=None,
        description="What would be right here, where one thing alone is: a number that follows from the inputs.",
    )


class Reading(Record):
    """What a source says: a graph, or why there is none."""

    name: str = Field(default="", description="The class of the network.")
    graph: Graph | None = Field(default=None, description="The network; none: see the problems.")
    nodes: list[list[str]] = Field(
        default=[],
        description="For each line, the paths of the nodes and blocks that it is about; empty where there is no graph.",
    )
    problems: list[SourceProblem] = Field(
        default=[], description="What cannot be represented, in the order of the lines."
    )
