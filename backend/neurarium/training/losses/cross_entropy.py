"""Cross-entropy: how surprised the network is by the right class."""

from typing import TYPE_CHECKING, ClassVar, Literal

from neurarium.training.loss import Loss

if TYPE_CHECKING:
    from torch import Tensor


class CrossEntropy(Loss):
    """Minus the logarithm of the probability given to the right class."""

    title: ClassVar = "cross-entropy"
    formula: ClassVar = r"-\log p_t"
    kind: Literal["CrossEntropy"] = "CrossEntropy"

    def per_example(self, output: "Tensor", target: "Tensor") -> "Tensor":
        """One unit is the logit of class 1, several are the logits of all classes."""
        from torch.nn import functional as F

        if output.shape[-1] == 1:
            logit = output[..., 0]
            return F.binary_cross_entropy_with_logits(logit, target.to(output.dtype), reduction="none")
        return -F.log_softmax(output, -1).gather(-1, target.unsqueeze(-1))[..., 0]
