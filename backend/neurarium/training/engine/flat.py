"""Many tensors as one vector: what is done to each of their numbers alike is then done in one pass."""

from collections.abc import Mapping

import torch
from torch import Tensor

ALIGNMENT = 64
"""Bytes. Where a matrix begins elsewhere, products are computed by another path and rounded otherwise."""


class Flat:
    """Where each tensor lies in the vector. Gaps between them stay 0."""

    def __init__(self, tensors: Mapping[str, Tensor]) -> None:
        self.shapes = {name: tensor.shape for name, tensor in tensors.items()}
        self.sizes = [_padded(tensor) for tensor in tensors.values()]

    def join(self, tensors: Mapping[str, Tensor]) -> Tensor:
        """Copy tensors into a new vector."""
        vector = next(iter(tensors.values())).new_zeros(sum(self.sizes))
        for name, view in self.views(vector).items():
            view.copy_(tensors[name])
        return vector

    def views(self, vector: Tensor) -> dict[str, Tensor]:
        """Show each tensor's part of a vector in its shape."""
        parts = zip(self.shapes.items(), vector.split(self.sizes), strict=True)
        return {name: part[: shape.numel()].view(shape) for (name, shape), part in parts}


def _padded(tensor: Tensor) -> int:
    """Count the tensor's numbers, rounded up to the next border."""
    per_border = ALIGNMENT // tensor.element_size()
    return -(-tensor.numel() // per_border) * per_border


def copied(tensor: Tensor, device: torch.device) -> Tensor:
    """Copy what an optimiser remembers; torch keeps the count of its steps, a lone number, on the CPU."""
    return tensor.to(device if tensor.ndim else "cpu", copy=True)
