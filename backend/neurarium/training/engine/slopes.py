"""Losses and penalties with their slopes written out: what autograd would find, without its cost.

What is not here, and a task that does more than hand output and target to the loss, is derived by autograd. Each is
tried against autograd before it is used.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from neurarium.dataset import ClassTarget, RealTarget, Target
from neurarium.training.loss import Loss, as_signs
from neurarium.training.losses.hinge import margin
from neurarium.training.regulariser import Regulariser

Slope = Callable[[Tensor, Tensor, float], tuple[Tensor, Tensor]]
"""Output, target, and what each example counts; its loss, and that times the derivative."""

aten = torch.ops.aten


def squared_error(output: Tensor, target: Tensor, share: float) -> tuple[Tensor, Tensor]:
    """½ (y - t)² and y - t."""
    error = output - as_signs(output, target)
    return 0.5 * error.square().sum(-1), error * share


def perceptron(output: Tensor, target: Tensor, share: float) -> tuple[Tensor, Tensor]:
    """-t·y and -t where the sign is wrong, else nothing."""
    signs = as_signs(output, target)
    margins = output * signs
    wrong = margins <= 0
    return -(margins * wrong).sum(-1), signs * wrong * -share


def cross_entropy(output: Tensor, target: Tensor, share: float) -> tuple[Tensor, Tensor]:
    """-log p and p - t, by sigmoid or softmax."""
    if output.shape[-1] == 1:
        wanted = target.unsqueeze(-1).to(output.dtype)
        losses = F.binary_cross_entropy_with_logits(output, wanted, reduction="none")
        return losses[..., 0], (output.sigmoid() - wanted) * share
    logs, right = output.log_softmax(-1), target.unsqueeze(-1)
    wanted = torch.zeros_like(logs).scatter(-1, right, -share)
    slope = aten._log_softmax_backward_data(wanted, logs, -1, logs.dtype)
    return -logs.gather(-1, right)[..., 0], slope


def hinge(output: Tensor, target: Tensor, share: float) -> tuple[Tensor, Tensor]:
    """Of one unit: max(0, 1 - t·y), and -t where it is not 0; of several: -1 for the right one, +1 for its rival."""
    missing = 1 - margin(output, target)
    reached = (missing >= 0).to(output.dtype).unsqueeze(-1)
    if output.shape[-1] == 1:
        return missing.clamp_min(0), as_signs(output, target) * reached * -share
    right = target.unsqueeze(-1)
    others = output.scatter(-1, right, -float("inf"))
    rivals = (others == others.amax(-1, keepdim=True)).to(output.dtype)
    rivals = rivals / rivals.sum(-1, keepdim=True)  # equally strong ones share it, as in autograd
    slope = rivals - torch.zeros_like(output).scatter(-1, right, 1.0)
    return missing.clamp_min(0), slope * reached * share


SLOPES: dict[str, Slope] = {
    "CrossEntropy": cross_entropy,
    "Hinge": hinge,
    "Perceptron": perceptron,
    "SquaredError": squared_error,
}
"""By kind of loss."""


def proven_slope(loss: Loss, width: int, target: Target) -> Slope | None:
    """Find a loss's written-out slope, if it agrees with autograd on a few examples of this kind."""
    slope = SLOPES.get(loss.kind)
    output = torch.linspace(-1.7, 1.9, 7 * width, dtype=torch.float64).reshape(7, width)
    match target:
        case ClassTarget():
            wanted = torch.arange(7) % len(target.names)
        case RealTarget():
            wanted = 0.3 * output.flip(0)
        case _:
            return None
    if slope is None:
        return None
    expected = loss.per_example(output.requires_grad_(), wanted)
    (gradient,) = torch.autograd.grad(expected.sum(), output)
    losses, slopes = slope(output.detach(), wanted, 1.0)
    return slope if torch.allclose(losses, expected) and torch.allclose(slopes, gradient) else None


Pull = Callable[[Tensor], Tensor]
PULLS: dict[str, Pull] = {"L1": torch.sign, "L2": lambda weight: weight}
"""By kind of regulariser: the slope of its penalty at each weight, for a strength of 1."""


def proven_pull(regulariser: Regulariser) -> Pull | None:
    """Find a penalty's written-out slope, if it agrees with autograd on a few weights."""
    pull = PULLS.get(regulariser.kind)
    if pull is None:
        return None
    weights = [
        torch.linspace(-1.5, 2, 6, dtype=torch.float64).reshape(2, 3),
        torch.ones(1, 2).double(),
    ]
    penalty = regulariser.penalty([weight.requires_grad_() for weight in weights])
    slopes = torch.autograd.grad(penalty, weights)
    ours = [regulariser.strength * pull(weight.detach()) for weight in weights]
    return pull if all(map(torch.allclose, ours, slopes)) else None
