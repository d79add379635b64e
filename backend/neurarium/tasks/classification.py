"""Classification: which of some classes an example belongs to."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Literal

from neurarium.dataset import ClassTarget, Target
from neurarium.task import Task, TaskError, Use

if TYPE_CHECKING:
    from neurarium_models.tensor import TensorSpec
    from torch import Tensor

    from neurarium.task import LossFunction, Tensors


class Classification(Task):
    """Say which class an example belongs to: by the sign of one output, or by the greatest of several."""

    use: ClassVar[Use] = "classify"
    losses_offered: ClassVar = ("CrossEntropy", "SquaredError", "Hinge", "Perceptron")
    kind: Literal["Classification"] = "Classification"

    def check(self, outputs: "Mapping[str, TensorSpec]", target: Target, loss: str) -> None:
        """One output unit for two classes, else one for each class."""
        if not isinstance(target, ClassTarget):
            raise TaskError("These data have no classes. Choose regression, or data with classes.")
        if "y" not in outputs:
            raise TaskError(f"Classification reads the network's output y, but it has {', '.join(outputs) or 'none'}.")
        units, classes = outputs["y"].size, len(target.names)
        if len(outputs["y"].shape) != 1 or (units != classes and (units, classes) != (1, 2)):
            wanted = "1 or 2" if classes == 2 else str(classes)  # noqa: PLR2004 - two classes may share one unit
            raise TaskError(f"The network's output is {outputs['y']}, but the data have {classes} classes: use {wanted}.")

    def losses(self, outputs: "Tensors", batch: "Tensors", loss: "LossFunction") -> "dict[str, Tensor]":
        """The job's loss."""
        return {"loss": loss(outputs["y"], batch["y"])}

    def metrics(self, outputs: "Tensors", batch: "Tensors") -> "dict[str, Tensor]":
        """Accuracy: 1 where the answer is right."""
        y = outputs["y"]
        answer = (y[..., 0] > 0).long() if y.shape[-1] == 1 else y.argmax(-1)
        return {"accuracy": (answer == batch["y"]).to(y.dtype)}

    def decode(self, outputs: "Tensors") -> "dict[str, Tensor]":
        """The answer by index, and the probability of each class (of one unit: by the logistic function)."""
        import torch

        y = outputs["y"]
        if y.shape[-1] == 1:
            p = torch.sigmoid(y)
            return {"answer": (y[..., 0] > 0).long(), "probability": torch.cat([1 - p, p], -1)}
        return {"answer": y.argmax(-1), "probability": torch.softmax(y, -1)}
