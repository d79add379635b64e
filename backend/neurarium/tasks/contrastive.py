"""Contrast: which of many texts belongs to an image, and which image to a text."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from neurarium.dataset import InputTarget, Target
from neurarium.task import Task, TaskError, Use

if TYPE_CHECKING:
    from torch import Tensor

    from neurarium.task import LossFunction, Probabilities, Tensors
    from neurarium_models.tensor import TensorSpec

TOWERS = ("image", "text")


class Contrastive(Task):
    """Bring the two halves of each pair together, and all other combinations of the minibatch apart.

    The network puts out two vectors, `image` and `text`. Their products are compared with those of all other pairs in
    the minibatch, from both sides (Radford et al., 2021).
    """

    title: ClassVar = "contrast"
    use: ClassVar[Use] = "retrieve"
    losses_offered: ClassVar = ()
    kind: Literal["Contrastive"] = "Contrastive"
    temperature: float = Field(
        default=0.07,
        ge=0.001,
        le=100,
        description="What products are divided by: the lower, the more near misses count.",
    )

    def check(self, outputs: "Mapping[str, TensorSpec]", target: Target, loss: str) -> None:
        """Ask for two vectors of equal length."""
        if not isinstance(target, InputTarget):
            raise TaskError("Contrast learns from pairs; these data have targets of their own.")
        missing = [name for name in TOWERS if name not in outputs]
        if missing:
            has = ", ".join(outputs)
            raise TaskError(f"Contrast needs an output `{missing[0]}`, but the network has: {has}.")
        image, text = (outputs[name] for name in TOWERS)
        if image.shape != text.shape or len(image.shape) != 1:
            raise TaskError(
                f"Contrast compares two vectors of equal length, but `image` is {image} and `text` is {text}."
            )

    def losses(
        self, outputs: "Tensors", batch: "Tensors", loss: "LossFunction"
    ) -> "dict[str, Tensor]":
        """Take the cross-entropy of finding the right text for an image, and the right image for a text."""
        products = self._products(outputs)
        return {
            "image_to_text": -products.log_softmax(-1).diagonal(dim1=-2, dim2=-1) / 2,
            "text_to_image": -products.log_softmax(-2).diagonal(dim1=-2, dim2=-1) / 2,
        }

    def metrics(self, outputs: "Tensors", batch: "Tensors") -> "dict[str, Tensor]":
        """Compute the accuracy of finding the right text of the minibatch; `text_to_image` is the way back."""
        import torch

        products = self._products(outputs)
        right = torch.arange(products.shape[-1], device=products.device)
        return {
            "accuracy": (products.argmax(-1) == right).to(products.dtype),
            "text_to_image": (products.argmax(-2) == right).to(products.dtype),
        }

    def decode(self, outputs: "Tensors", probabilities: "Probabilities") -> "dict[str, Tensor]":
        """Name the text for each image, and the probability of every text of the minibatch."""
        products = self._products(outputs)
        return {"answer": products.argmax(-1), "probability": products.softmax(-1)}

    def _products(self, outputs: "Tensors") -> "Tensor":
        """Multiply every image with every text: (..., images, texts)."""
        return outputs["image"] @ outputs["text"].transpose(-1, -2) / self.temperature
