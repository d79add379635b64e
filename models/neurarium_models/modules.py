"""Torch modules that torch does not have. Batches lie along the first axis, other axes are counted from the right."""

import math
from functools import reduce
from operator import add, mul

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from neurarium_models.digits import CODES


class Step(nn.Module):
    """1 from zero on, -1 below; the gradient passes as though the slope were 1, which is Rosenblatt's rule."""

    def forward(self, x: Tensor) -> Tensor:
        """Take the sign, with that of zero up; x - x adds exactly 0, and the gradient of a straight line."""
        return torch.sign(torch.sign(x) + 0.5).detach() + (x - x.detach())


class SteppingConv2d(nn.Conv2d):
    """`torch.nn.Conv2d` of windows of one pixel that steps over some: it takes those it stands on, then looks at each.

    The numbers are the same. Torch 2.13 goes past the end of its memory on the way back where the channels are fewer
    than the processor computes at once (float32, channels last, oneDNN on AVX2), which ends the process.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Leave out the pixels that no window stands on."""
        rows, columns = self.stride
        return F.conv2d(x[..., ::rows, ::columns], self.weight, self.bias)


class GroupNorm(nn.GroupNorm):
    """`torch.nn.GroupNorm`, also for what learns nothing.

    With channels last, torch 2.13 writes the gradient of what comes in though nobody has asked for it and there is no
    room for it, which ends the process.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Bring an image without a gradient into the other order of memory."""
        if not x.requires_grad and torch.is_grad_enabled():
            x = x.clone(memory_format=torch.contiguous_format)
        return super().forward(x)


class PositionalEmbedding(nn.Module):
    """Adds a learned vector to each place."""

    def __init__(self, num_embeddings: int, embedding_dim: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(num_embeddings, embedding_dim))
        nn.init.normal_(self.weight, std=0.02)  # small beside the tokens: Radford et al. 2018

    def forward(self, x: Tensor) -> Tensor:
        """Add the first vectors, as many as there are places."""
        return x + self.weight[: x.shape[-2]]


class SinusoidalPositions(nn.Module):
    """Adds sines and cosines of wavelengths from 2π to 10000·2π: Vaswani et al. 2017, section 3.5."""

    def forward(self, x: Tensor) -> Tensor:
        """Add the pattern of the first places; half precision could not tell far ones apart."""
        places, width = x.shape[-2:]
        dtype = torch.promote_types(x.dtype, torch.float32)
        rates = torch.exp(
            torch.arange(0, width, 2, device=x.device, dtype=dtype) * (-math.log(10_000.0) / width)
        )
        angles = torch.arange(places, device=x.device, dtype=dtype)[:, None] * rates
        pattern = torch.stack((angles.sin(), angles.cos()), dim=-1).flatten(-2)
        return x + pattern[:, :width].to(x.dtype)


class RandomAffine(nn.Module):
    """Turns, shifts and scales each image by amounts of its own, drawn anew in every training step."""

    def __init__(self, degrees: float, translate: float, scale: float) -> None:
        super().__init__()
        self.degrees, self.translate, self.scale = degrees, translate, scale

    def forward(self, x: Tensor) -> Tensor:
        """Look each pixel up where it came from, between four neighbours."""
        return warp(x, self.draw(x)) if self.training else x

    def draw(self, x: Tensor) -> Tensor:
        """Draw for each image the matrix (2×3) that leads from places in the result to places in the image."""
        chance = 2 * torch.rand(4, len(x), device=x.device, dtype=x.dtype) - 1
        angle = torch.deg2rad(chance[0] * self.degrees)
        size = 1 + chance[1] * self.scale
        cosine, sine = angle.cos() / size, angle.sin() / size
        shift = 2 * self.translate * chance[2:]  # from edge to edge it is 2
        rows = (torch.stack((cosine, -sine, shift[0]), 1), torch.stack((sine, cosine, shift[1]), 1))
        return torch.stack(rows, 1)


def warp(x: Tensor, matrices: Tensor) -> Tensor:
    """Move images (batch×channels×rows×columns) by a matrix each, in places from -1 to 1."""
    places = F.affine_grid(matrices, list(x.shape), align_corners=False)
    return F.grid_sample(x, places, padding_mode="border", align_corners=False)


class L2Normalize(nn.Module):
    """Divides vectors along an axis by their length."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, x: Tensor) -> Tensor:
        """Divide; a vector of zeros stays one."""
        return F.normalize(x, dim=self.dim)


class Add(nn.Module):
    """Adds its inputs."""

    def forward(self, *inputs: Tensor) -> Tensor:
        """Add from left to right."""
        return reduce(add, inputs)


class Multiply(nn.Module):
    """Multiplies its inputs."""

    def forward(self, *inputs: Tensor) -> Tensor:
        """Multiply from left to right."""
        return reduce(mul, inputs)


class Concat(nn.Module):
    """Puts its inputs side by side."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, *inputs: Tensor) -> Tensor:
        """Join along the axis."""
        return torch.cat(inputs, dim=self.dim)


class DotProduct(nn.Module):
    """Multiplies two inputs and adds up along the last axis."""

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        """Take the dot product of each pair of vectors."""
        return (x1 * x2).sum(-1)


class Not(nn.Module):
    """Turns true and false round."""

    def forward(self, x: Tensor) -> Tensor:
        """Negate."""
        return ~x


class Reshape(nn.Module):
    """Gives each example another shape."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        super().__init__()
        self.shape = shape

    def forward(self, x: Tensor) -> Tensor:
        """Keep the batch, and the order of the numbers."""
        return x.reshape(x.shape[0], *self.shape)


class Permute(nn.Module):
    """Puts the axes of each example in another order."""

    def __init__(self, dims: tuple[int, ...]) -> None:
        super().__init__()
        self.dims = dims

    def forward(self, x: Tensor) -> Tensor:
        """Keep the batch in front."""
        return x.permute(0, *self.dims)


class Unsqueeze(nn.Module):
    """Adds an axis of size 1."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, x: Tensor) -> Tensor:
        """Add the axis."""
        return x.unsqueeze(self.dim)


class Select(nn.Module):
    """Picks one place along an axis."""

    def __init__(self, dim: int, index: int) -> None:
        super().__init__()
        self.dim = dim
        self.index = index

    def forward(self, x: Tensor) -> Tensor:
        """Drop the axis."""
        return x.select(self.dim, self.index)


class Mean(nn.Module):
    """Averages along an axis, over places that count."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """Average; the mask (batch × places) is true where a place counts, and without any the mean is 0."""
        if mask is None:
            return x.mean(self.dim)
        before = (1,) * (x.dim() + self.dim - 1)
        after = (1,) * (-self.dim - 1)
        counts = mask.reshape(mask.shape[0], *before, mask.shape[1], *after).to(x.dtype)
        return (x * counts).sum(self.dim) / counts.sum(self.dim).clamp(min=1)


class Subsample2d(nn.Module):
    """Averages windows, with a learned factor and constant for each map."""

    def __init__(self, channels: int, kernel_size: int) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.weight = nn.Parameter(torch.empty(channels).uniform_(0.5, 1.5))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        """Average, multiply, add."""
        pooled = F.avg_pool2d(x, self.kernel_size)
        return pooled * self.weight[:, None, None] + self.bias[:, None, None]


class SparseConv2d(nn.Module):
    """A convolution in which each filter looks at some of the maps: `table` lists them."""

    places: Tensor

    def __init__(self, table: tuple[tuple[int, ...], ...], channels: int, kernel_size: int) -> None:
        super().__init__()
        self.channels = channels
        pairs = [(filter_, map_) for filter_, maps in enumerate(table) for map_ in maps]
        self.register_buffer("places", torch.tensor(pairs), persistent=False)
        fan_in = len(pairs) / len(table) * kernel_size**2
        reach = 1 / math.sqrt(fan_in)
        self.weight = nn.Parameter(
            torch.empty(len(pairs), kernel_size, kernel_size).uniform_(-reach, reach)
        )
        self.bias = nn.Parameter(torch.empty(len(table)).uniform_(-reach, reach))

    def forward(self, x: Tensor) -> Tensor:
        """Put the windows where the table says, zeros elsewhere, and slide them all."""
        filters = self.weight.new_zeros(len(self.bias), self.channels, *self.weight.shape[1:])
        filters = filters.index_put(tuple(self.places.T), self.weight)
        return F.conv2d(x, filters, self.bias)


class ScaledTanh(nn.Module):
    """1.7159 tanh(2x/3): LeCun et al. 1998, appendix A."""

    def forward(self, x: Tensor) -> Tensor:
        """Bend."""
        return 1.7159 * torch.tanh(x * (2 / 3))


class CodeDistance(nn.Module):
    """Minus the squared distance to a fixed code for each digit."""

    codes: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("codes", torch.tensor(CODES), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """One number for each code; the nearest has the greatest."""
        return -(x.unsqueeze(-2) - self.codes).square().sum(-1)
