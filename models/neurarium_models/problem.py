"""What is wrong with a network, in a learner's words."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Problem(BaseModel):
    """One thing that does not work (`error`) or does nothing (`warning`), and where."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    node: str = Field(
        description="Path of the node, block, input or output; empty: the network as a whole."
    )
    message: str = Field(
        description="A sentence with the numbers in it: what, where, what would work."
    )
    severity: Literal["error", "warning"] = Field(
        default="error", description="A warning does not keep it from running."
    )
    remedy: dict[str, int | str] | None = Field(
        default=None, description="Settings of the node that would work."
    )
