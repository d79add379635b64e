"""The same learning rate at every step."""

from typing import ClassVar, Literal

from neurarium.training.schedule import Schedule


class Constant(Schedule):
    """The learning rate stays as it is."""

    title: ClassVar = "constant"
    kind: Literal["Constant"] = "Constant"

    def factor(self, step: int, steps: int) -> float:
        """One."""
        return 1.0
