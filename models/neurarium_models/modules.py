"""Torch modules that torch does not have."""

import torch
from torch import Tensor, nn


class Step(nn.Module):
    """1 from zero on, -1 below; the gradient is 0."""

    def forward(self, x: Tensor) -> Tensor:
        """Take the sign, with that of zero up."""
        return torch.sign(torch.sign(x) + 0.5)
