"""The sharpest curvature of the loss, by Lanczos' method on products of the Hessian with vectors.

Cornelius Lanczos, 1950; with the gradient's graph kept, one product costs about one training step.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np
import torch
from torch import Tensor
from torch.func import functional_call
from torch.nn.attention import SDPBackend, sdpa_kernel

from neurarium.optics.passes import evaluating, losses
from neurarium.training.optimizer import Optimizer
from neurarium.training.optimizers.sgd import SGD
from neurarium.training.trimming import trimmed
from neurarium.training.view import View
from neurarium_models.kernels import gate_by_gate

if TYPE_CHECKING:
    from neurarium_models.network import Network

EXAMPLES = 256
"""Training examples on which curvature is measured, at most. Fewer examples give another number, not a rougher one."""
SENTENCES = 16
"""The same where they are sentences."""
PRODUCTS = 24
CLOSE = 0.01
"""Relative error at which the search ends, if not by the number of products before."""


@dataclass(frozen=True)
class Sharpness:
    """How steep the loss is for the steps that are taken."""

    value: float
    """η·λ: beyond the optimiser's limit, a step along the steepest direction overshoots ever more."""
    eigenvalue: float
    """λ, the greatest eigenvalue of the Hessian of loss and penalty."""
    examples: int
    """On how many training examples it was measured."""
    step: int
    """When."""
    products: int
    """How many Hessian-vector products it took; each costs about one training step."""


@dataclass(frozen=True, eq=False)
class _Measurement:
    """What was measured, and of which state."""

    eigenvalue: float
    examples: int
    step: int
    products: int
    subject: tuple[Any, ...]
    weights: tuple[float, ...]


_known: "WeakKeyDictionary[Network, _Measurement]" = WeakKeyDictionary()


def limit(optimizer: Optimizer) -> float | None:
    """Say up to which η·λ a quadratic bowl is descended; None where steps are not proportional to gradients.

    2 for gradient descent, 2(1 + β) with momentum (Polyak, 1964), 2(1 + β) / (1 + 2β) with Nesterov's.
    """
    if not isinstance(optimizer, SGD):
        return None
    return 2 * (1 + optimizer.momentum) / (1 + 2 * optimizer.momentum if optimizer.nesterov else 1)


def measured(view: View, pace: int = 0) -> Sharpness | None:
    """Measure the sharpness of the next step, with a curvature that is at most `pace` steps old.

    None where the loss is no function of the weights, or not finite.
    """
    known = _known.get(view.network)
    weights = tuple(float(value.detach().sum()) for value in view.network.parameters())
    subject = (view.job.loss, view.job.regulariser, view.job.task, id(view.examples))
    fresh = (
        known is not None
        and known.subject == subject
        and (
            known.weights == weights
            if known.step == view.step
            else 0 < view.step - known.step < pace
        )
    )
    if known is None or not fresh:
        found = measure(view)
        if found is None:
            return None
        known = _Measurement(*found, subject, weights)
        _known[view.network] = known
    rate = view.job.optimizer.lr * view.job.schedule.factor(view.step, view.job.steps)
    return Sharpness(
        rate * known.eigenvalue, known.eigenvalue, known.examples, known.step, known.products
    )


def measure(view: View) -> tuple[float, int, int, int] | None:
    """Find λ over training examples that lie evenly in the set; also how many, at which step, and how many products."""
    count = len(view.examples.train)
    most = SENTENCES if view.network.graph.reads_tokens else EXAMPLES
    places = np.unique(np.linspace(0, count - 1, min(most, count)).astype(int))
    batch = view.inputs({name: array[places] for name, array in view.examples.train.arrays.items()})
    batch = trimmed(batch, view.network)
    weights = {
        name: value.detach().requires_grad_() for name, value in view.network.named_parameters()
    }
    leaves = list(weights.values())
    with (
        torch.enable_grad(),
        evaluating(view.network),
        sdpa_kernel(SDPBackend.MATH),
        gate_by_gate(),
    ):  # fused kernels differentiate once
        outputs: dict[str, Tensor] = functional_call(view.network, weights, (batch,))
        penalty = view.job.regulariser.penalty([value for value in leaves if value.ndim > 1])
        total = losses(view, outputs, batch).mean() + penalty
        if not total.requires_grad:
            return None
        slopes = torch.autograd.grad(
            total, leaves, create_graph=True, allow_unused=True, materialize_grads=True
        )
    slope = torch.cat([part.reshape(-1) for part in slopes])
    if not slope.requires_grad or not torch.isfinite(slope).all():
        return None

    def product(vector: Tensor) -> Tensor:
        # Given the vector apart, torch would load a library to compare its shape; what goes back is the same.
        parts = torch.autograd.grad(
            (slope * vector).sum(),
            leaves,
            retain_graph=True,
            allow_unused=True,
            materialize_grads=True,
        )
        return torch.cat([part.reshape(-1) for part in parts])

    value, products = greatest_eigenvalue(product, slope.detach())
    return (value, len(places), view.step, products) if math.isfinite(value) else None


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
        if exhausted or (len(basis) > 2 and error <= CLOSE * abs(float(values[-1]))):
            return float(values[-1]), len(basis)
        beside.append(rest)
        basis.append(image / rest)
