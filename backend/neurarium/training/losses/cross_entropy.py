"""Cross-entropy: how surprised the network is by the right class."""

from typing import TYPE_CHECKING, ClassVar, Literal

from neurarium.training.loss import Loss, as_places

if TYPE_CHECKING:
    from torch import Tensor


class CrossEntropy(Loss):
    """Minus the logarithm of the probability that the network gives to the right class.

    Outputs become probabilities by softmax. A single output is the logit of class +1, and this is ln(1 + exp(-t y)).
    Being sure and wrong costs most; being right and a little surer is always worth something.
    """

    title: ClassVar = "cross-entropy"
    formula: ClassVar = r"-\sum_k \mathbb{I}(t = k)\, \ln \frac{\exp(y_k)}{\sum_j \exp(y_j)}"
    kind: Literal["CrossEntropy"] = "CrossEntropy"

    def per_example(self, output: "Tensor", target: "Tensor") -> "Tensor":
        """Work with logarithms throughout, so that no probability is rounded to 0."""
        from torch.nn import functional as F

        if output.shape[-1] == 1:
            logit = output[..., 0]
            wanted = target.to(output.dtype).expand(logit.shape)
            return F.binary_cross_entropy_with_logits(logit, wanted, reduction="none")
        return -F.log_softmax(output, -1).gather(-1, as_places(output, target))[..., 0]

    def written(self, units: int, target: str) -> list[str]:
        """Write it as PyTorch has it."""
        if units == 1:
            call = "F.binary_cross_entropy_with_logits(output[:, 0], target.to(output.dtype), reduction="
            return [f'return {call}"none")']
        return ['return F.cross_entropy(output, target, reduction="none")']

    def probabilities(self, output: "Tensor") -> "Tensor":
        """Apply softmax, or to a single output the logistic function."""
        import torch

        return (
            torch.cat([-output, output], -1).sigmoid()
            if output.shape[-1] == 1
            else output.softmax(-1)
        )
