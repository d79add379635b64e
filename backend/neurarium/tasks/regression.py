"""Regression: numbers that are to be met."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Literal

from neurarium.dataset import RealTarget, Target
from neurarium.task import Task, TaskError, Use

if TYPE_CHECKING:
    from neurarium_models.tensor import TensorSpec
    from torch import Tensor

    from neurarium.task import LossFunction, Tensors


class Regression(Task):
    """Come as close as possible to a number, or to several."""

    use: ClassVar[Use] = "predict"
    losses_offered: ClassVar = ("SquaredError",)
    kind: Literal["Regression"] = "Regression"

    def check(self, outputs: "Mapping[str, TensorSpec]", target: Target, loss: str) -> None:
        """One output unit for each number."""
        if not isinstance(target, RealTarget):
            raise TaskError("These data have classes, not numbers. Choose classification, or data with numbers.")
        if "y" not in outputs:
            raise TaskError(f"Regression reads the network's output y, but it has {', '.join(outputs) or 'none'}.")
        if loss not in self.losses_offered:
            raise TaskError(f"{loss} needs classes, but these data have numbers. Use SquaredError.")
        if outputs["y"].shape != (target.width,):
            raise TaskError(f"The network's output is {outputs['y']}, but the data ask for {target.width}.")

    def losses(self, outputs: "Tensors", batch: "Tensors", loss: "LossFunction") -> "dict[str, Tensor]":
        """The job's loss."""
        return {"loss": loss(outputs["y"], batch["y"])}

    def metrics(self, outputs: "Tensors", batch: "Tensors") -> "dict[str, Tensor]":
        """Squared error, summed over the numbers."""
        return {"squared_error": (outputs["y"] - batch["y"]).square().sum(-1)}

    def decode(self, outputs: "Tensors") -> "dict[str, Tensor]":
        """The numbers as they are."""
        return {"answer": outputs["y"]}
