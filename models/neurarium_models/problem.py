"""What is wrong with a network, in a learner's words."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


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


class Problems:
    """All that was found so far; the same sentence about the same node is kept once."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], Problem] = {}

    def add(self, node: str, message: str, remedy: dict[str, int | str] | None = None) -> None:
        """Note an error."""
        self._found.setdefault((node, message), Problem(node=node, message=message, remedy=remedy))

    def warn(self, node: str, message: str) -> None:
        """Note something that does nothing."""
        problem = Problem(node=node, message=message, severity="warning")
        self._found.setdefault((node, message), problem)

    def listed(self) -> list[Problem]:
        """List them as they were found."""
        return list(self._found.values())
