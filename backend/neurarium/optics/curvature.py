"""The sharpest curvature of the loss, by Lanczos' method on products of the Hessian with vectors.

Cornelius Lanczos, 1950; with the gradient's graph kept, one product costs about one training step.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.func import functional_call

from neurarium.optics.passes import evaluating, losses
from neurarium.training.view import View

EXAMPLES = 256
"""Training examples on which curvature is measured, at most. Fewer examples give another number, not a rougher one."""
PRODUCTS = 24
CLOSE = 0.01


@dataclass(frozen=True)
class Sharpness:
    """The greatest eigenvalue λ of the Hessian of loss and penalty, and what it was measured on."""

    value: float
    examples: int
    products: int
    """How many Hessian-vector products it took; each costs about one training step."""


def sharpness(view: View) -> Sharpness | None:
    """Measure λmax over training examples that lie evenly in the set; None where the loss is no function of weights."""
    count = len(view.examples.train)
    places = np.unique(np.linspace(0, count - 1, min(EXAMPLES, count)).astype(int))
    batch = view.inputs({name: array[places] for name, array in view.examples.train.arrays.items()})
    weights = {
        name: value.detach().requires_grad_() for name, value in view.network.named_parameters()
    }
    # The fused attention kernels cannot be differentiated twice.
    with (
        torch.enable_grad(),
        evaluating(view.network),
        torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH),
    ):
        outputs: dict[str, Tensor] = functional_call(view.network, weights, (batch,))
        total = losses(view, outputs, batch).mean() + view.job.regulariser.penalty(
            _penalised(weights)
        )
        slopes = torch.autograd.grad(
            total,
            list(weights.values()),
            create_graph=True,
            allow_unused=True,
            materialize_grads=True,
        )
    slope = torch.cat([part.reshape(-1) for part in slopes])
    if not slope.requires_grad or not torch.isfinite(slope).all():
        return None

    def product(vector: Tensor) -> Tensor:
        parts = torch.autograd.grad(
            slope,
            list(weights.values()),
            vector,
            retain_graph=True,
            allow_unused=True,
            materialize_grads=True,
        )
        return torch.cat([part.reshape(-1) for part in parts])

    value, products = greatest_eigenvalue(product, slope.detach())
    return Sharpness(value, len(places), products)


def greatest_eigenvalue(product: Callable[[Tensor], Tensor], like: Tensor) -> tuple[float, int]:
    """Run Lanczos with full reorthogonalisation from a fixed start; also say how many products it took."""
    vector = torch.sin(torch.arange(like.numel(), dtype=like.dtype, device=like.device) * 1.7 + 1)
    basis = [vector / vector.norm()]
    diagonal: list[float] = []
    beside: list[float] = []
    while True:
        image = product(basis[-1])
        diagonal.append(float(image @ basis[-1]))
        matrix = np.diag(diagonal) + np.diag(beside, 1) + np.diag(beside, -1)
        if not np.isfinite(matrix).all():
            return math.nan, len(basis)
        values, vectors = np.linalg.eigh(matrix)
        for _ in range(2):  # once leaves rounding errors that grow
            for other in basis:
                image = image - (image @ other) * other
        rest = float(image.norm())
        error = rest * abs(
            float(vectors[-1, -1])
        )  # of an eigenvalue, by theory; of the greatest, in practice
        spread = max(abs(float(values[0])), abs(float(values[-1])))
        exhausted = len(basis) >= min(like.numel(), PRODUCTS) or rest <= 1e-6 * spread
        if exhausted or (len(basis) > 2 and error <= CLOSE * spread):
            return float(values[-1]), len(basis)
        beside.append(rest)
        basis.append(image / rest)


def _penalised(weights: dict[str, Tensor]) -> list[Tensor]:
    return [value for name, value in weights.items() if value.ndim > 1]
