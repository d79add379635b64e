"""Regression: numbers that are to be met."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Literal

from neurarium.dataset import RealTarget, Target
from neurarium.task import Task, TaskError, Use, only, sole

if TYPE_CHECKING:
    from torch import Tensor

    from neurarium.task import LossFunction, Probabilities, Tensors
    from neurarium_models.tensor import TensorSpec


class Regression(Task):
    """Come as close as possible to a number, or to several."""

    title: ClassVar = "regression"
    use: ClassVar[Use] = "predict"
    losses_offered: ClassVar = ("SquaredError",)
    kind: Literal["Regression"] = "Regression"

    def check(self, outputs: "Mapping[str, TensorSpec]", target: Target, loss: str) -> None:
        """Ask for one output unit for each number."""
        if not isinstance(target, RealTarget):
            raise TaskError(
                "These data have no numbers to be met. Choose classification, or data with numbers."
            )
        self.check_loss(loss)
        output = sole(outputs, self.title)
        if output.shape != (target.width,):
            has = f"{output.size} outputs" if len(output.shape) == 1 else f"an output of {output}"
            numbers = f"{target.width} number{'s' if target.width > 1 else ''}"
            raise TaskError(
                f"The network has {has}, but the data ask for {numbers}: use {target.width}.",
                units=target.width,
            )

    def losses(
        self, outputs: "Tensors", batch: "Tensors", loss: "LossFunction"
    ) -> "dict[str, Tensor]":
        """Take the job's loss."""
        return {"loss": loss(only(outputs), batch["y"])}

    def metrics(self, outputs: "Tensors", batch: "Tensors") -> "dict[str, Tensor]":
        """Compute the squared error, summed over the numbers and not halved."""
        return {"squared_error": (only(outputs) - batch["y"]).square().sum(-1)}

    def decode(self, outputs: "Tensors", probabilities: "Probabilities") -> "dict[str, Tensor]":
        """Give the numbers as they are."""
        return {"answer": only(outputs)}

    def written(self, units: int) -> tuple[str, str]:
        """Write the squared error."""
        return "squared_error", "(output - target).square().sum(1)"
