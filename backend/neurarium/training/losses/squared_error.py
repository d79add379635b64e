"""Squared error: half the squared distance between output and target."""

from typing import TYPE_CHECKING, ClassVar, Literal

from neurarium.training.loss import Loss

if TYPE_CHECKING:
    from torch import Tensor


class SquaredError(Loss):
    """Half the squared distance between output and target. Classes become targets of -1 and +1."""

    title: ClassVar = "squared error"
    formula: ClassVar = r"\tfrac12 (y - t)^2"
    kind: Literal["SquaredError"] = "SquaredError"

    def per_example(self, output: "Tensor", target: "Tensor") -> "Tensor":
        """Sum over the output units."""
        return 0.5 * (output - as_signs(output, target)).square().sum(-1)


def as_signs(output: "Tensor", target: "Tensor") -> "Tensor":
    """Turn a class index into -1 and +1, one number for each output unit; real targets stay."""
    from torch.nn import functional as F

    if target.is_floating_point():
        return target
    units = output.shape[-1]
    hot = target.unsqueeze(-1) if units == 1 else F.one_hot(target, units)
    return 2 * hot.to(output.dtype) - 1
