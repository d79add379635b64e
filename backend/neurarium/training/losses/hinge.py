"""Hinge loss: right is not enough, the margin counts."""

from typing import TYPE_CHECKING, ClassVar, Literal

from neurarium.training.loss import Loss

if TYPE_CHECKING:
    from torch import Tensor


class Hinge(Loss):
    """Zero once the right side is reached by a margin of 1, else what is missing (Cortes and Vapnik, 1995).

    Of several units, the right one must lead the strongest other by 1 (Crammer and Singer, 2001).
    """

    title: ClassVar = "hinge"
    formula: ClassVar = r"\max(0,\, 1 - t\,y)"
    kind: Literal["Hinge"] = "Hinge"

    def per_example(self, output: "Tensor", target: "Tensor") -> "Tensor":
        """What is missing to a margin of 1."""
        return (1 - margin(output, target)).clamp_min(0)


def margin(output: "Tensor", target: "Tensor") -> "Tensor":
    """How far an output is on the right side: t·y of one unit, else the right unit's lead over the strongest other."""
    if output.shape[-1] == 1:
        return (2 * target.to(output.dtype) - 1) * output[..., 0]
    right = output.gather(-1, target.unsqueeze(-1))
    others = output.scatter(-1, target.unsqueeze(-1), -float("inf"))
    return right[..., 0] - others.amax(-1)
