"""What is wrong with a network, in a learner's words."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from neurarium_models.layers import AnyLayer


class Insertion(BaseModel):
    """A layer to be put before one port of a node."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    port: int = Field(ge=0, description="Which of the node's inputs, in the order of its ports.")
    layer: AnyLayer


class Problem(BaseModel):
    """One thing that does not work (`error`) or does nothing (`warning`), and where."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    node: str = Field(
        description="Path of the node, block, input, output or parameter; empty: the network as a whole."
    )
    message: str = Field(
        description="A sentence with the numbers in it: what, where, what would work."
    )
    severity: Literal["error", "warning"] = Field(
        default="error", description="A warning does not keep the network from being built."
    )
    remedy: dict[str, int | str] | None = Field(
        default=None, description="Settings of the node that would work."
    )
    insert: Insertion | None = Field(
        default=None, description="A layer that, put before the node, would make everything fit."
    )


class Problems:
    """All that was found so far; the same sentence about the same node is kept once."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], Problem] = {}

    def add(
        self,
        node: str,
        message: str,
        remedy: dict[str, int | str] | None = None,
        insert: Insertion | None = None,
    ) -> None:
        """Note an error."""
        problem = Problem(node=node, message=message, remedy=remedy, insert=insert)
        self._found.setdefault((node, message), problem)

    def warn(self, node: str, message: str) -> None:
        """Note something that does nothing."""
        problem = Problem(node=node, message=message, severity="warning")
        self._found.setdefault((node, message), problem)

    def listed(self) -> list[Problem]:
        """List them as they were found."""
        return list(self._found.values())
