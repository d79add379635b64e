"""Classification: which of some classes an example belongs to."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Literal

from neurarium.dataset import ClassTarget, Target
from neurarium.task import Task, TaskError, Use, alternatives, only, sole

if TYPE_CHECKING:
    from torch import Tensor

    from neurarium.task import LossFunction, Probabilities, Tensors
    from neurarium_models.tensor import TensorSpec

PAIR = 2
"""Two classes may share one output unit: its sign tells them apart."""


class Classification(Task):
    """Say which class an example belongs to: by the sign of one output, or by the greatest of several."""

    title: ClassVar = "classification"
    use: ClassVar[Use] = "classify"
    losses_offered: ClassVar = ("CrossEntropy", "SquaredError", "Hinge", "Perceptron")
    kind: Literal["Classification"] = "Classification"

    def check(self, outputs: "Mapping[str, TensorSpec]", target: Target, loss: str) -> None:
        """Ask for one unit for two classes, or else one unit for each class."""
        if not isinstance(target, ClassTarget):
            raise TaskError(
                "These data have no classes to tell apart. Choose regression, or data with classes."
            )
        self.check_loss(loss)
        output, classes = sole(outputs, self.title), len(target.names)
        fitting = (1, 2) if classes == PAIR else (classes,)
        if output.shape not in {(units,) for units in fitting}:
            raise TaskError(
                f"The network has {_units(output)}, but the data have {classes} classes: "
                f"use {alternatives(tuple(map(str, fitting)))}.",
                units=fitting[0],
            )

    def losses(
        self, outputs: "Tensors", batch: "Tensors", loss: "LossFunction"
    ) -> "dict[str, Tensor]":
        """Take the job's loss."""
        return {"loss": loss(only(outputs), batch["y"])}

    def metrics(self, outputs: "Tensors", batch: "Tensors") -> "dict[str, Tensor]":
        """Compute the accuracy: 1 where the answer is right."""
        y = only(outputs)
        return {"accuracy": (_answer(y) == batch["y"]).to(y.dtype)}

    def decode(self, outputs: "Tensors", probabilities: "Probabilities") -> "dict[str, Tensor]":
        """Name the class, and the probability of each."""
        y = only(outputs)
        return {"answer": _answer(y), "probability": probabilities(y)}

    def written(self, units: int) -> tuple[str, str]:
        """Write the accuracy."""
        answer = "(output[:, 0] >= 0).long()" if units == 1 else "output.argmax(1)"
        return "accuracy", f"({answer} == target).to(output.dtype)"


def _units(output: "TensorSpec") -> str:
    """Write what the network puts out: `3 outputs`, `8×8 numbers`."""
    if len(output.shape) != 1:
        return f"an output of {output} numbers"
    return f"{output.size:,} output{'s' if output.size > 1 else ''}"


def _answer(y: "Tensor") -> "Tensor":
    """Index of the class: as a threshold unit does, 0 counts as positive."""
    return (y[..., 0] >= 0).long() if y.shape[-1] == 1 else y.argmax(-1)
