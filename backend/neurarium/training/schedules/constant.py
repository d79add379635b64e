"""The same learning rate from the beginning to the end, but for a warm-up."""

from typing import ClassVar, Literal

from pydantic import Field

from neurarium.training.schedule import Schedule, Steps, warm


class Constant(Schedule):
    """The learning rate stays as it is."""

    title: ClassVar = "constant"
    kind: Literal["Constant"] = "Constant"

    def factor(self, step: int, steps: int) -> float:
        """Change nothing."""
        return 1.0

    def written(self) -> str:
        """Write the formula."""
        return "1.0"


class Warmup(Schedule):
    """Begins with small steps and makes them longer until the full learning rate is reached, which then stays.

    The first gradients are the least trustworthy: of random weights, and to an optimiser that has no memory yet.
    """

    title: ClassVar = "warm-up"
    kind: Literal["Warmup"] = "Warmup"
    warmup: Steps = Field(default=100, description="Steps until the full rate is reached.")

    def factor(self, step: int, steps: int) -> float:
        """Rise in a straight line to 1."""
        return warm(step, self.warmup)

    def written(self) -> str:
        """Write the formula."""
        return f"min((step + 1) / {self.warmup}, 1.0)"
