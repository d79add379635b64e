"""What a layer holds in memory besides what comes out: the fact that estimates of a run's memory are made of."""

import math
from typing import NamedTuple

from neurarium_models.tensor import TensorSpec

BLOCK = 16
"""Channels that oneDNN, by which torch convolves, lays side by side; fewer are filled up."""


class Footprint(NamedTuple):
    """What is kept for the backward pass, and what is there for a moment; counts are numbers for each example."""

    inputs: bool = True
    """Whether the backward pass needs what came in."""
    output: bool = True
    """Whether the backward pass needs what came out."""
    kept: int = 0
    """Numbers that are kept besides: a mask, indices, what was computed on the way."""
    moment: int = 0
    """Numbers that are there while it computes, unless they are kept."""
    backward: int = 0
    """Numbers that are there while its backward pass computes, besides the gradients of what came in."""
    windows: int | None = None
    """In float64 instead of these two, where torch lays all windows of a convolution side by side."""
    turns: bool = False
    """Whether these two are spent on laying the channels of a pixel side by side, where they do not lie so already."""
    view: bool = False
    """Whether what comes out is what came in, seen differently: it takes no memory of its own."""
    idle: bool = False
    """Whether what came in passes as it is once the network is only used: then that is a view."""
    straight: bool = False
    """Whether the gradient goes on as it is, or a part of it, to every input that is no larger than the output."""


NOTHING_KEPT = Footprint(inputs=False, output=False)
INPUTS_KEPT = Footprint(output=False)
OUTPUT_KEPT = Footprint(inputs=False)
VIEW = Footprint(inputs=False, output=False, view=True, straight=True)


def convolved(x: TensorSpec, y: TensorSpec, kernel: int, groups: int = 1) -> Footprint:
    """Say what a convolution holds: what comes in, and for a moment both sides in oneDNN's own order."""
    is_turned = x.shape[0] >= BLOCK or kernel == 1
    before, after = _blocked(x, groups), _blocked(y, groups)
    windows = x.shape[0] // groups * kernel ** (len(x.shape) - 1) * math.prod(y.shape[1:])
    parted = (
        x.size // groups + y.size if groups > 1 else 0
    )  # one group after the other, then joined
    return Footprint(
        output=False,
        moment=after + max(0, before - y.size if is_turned else 0),
        backward=after + max(before - x.size, before if is_turned else x.size),
        windows=(windows if kernel > 1 or x.shape[1:] != y.shape[1:] else 0) + parted,
        turns=True,
    )


def painted(x: TensorSpec, y: TensorSpec, kernel: int, stride: int) -> Footprint:
    """Say what a convolution the other way round holds: what it paints is there twice more for a moment."""
    before, after = _blocked(x), _blocked(y)
    return Footprint(
        output=False,
        moment=2 * after + before - y.size if stride == 1 else 2 * y.size,
        backward=after + max(before - x.size, x.size),
        windows=y.shape[0] * kernel**2 * math.prod(x.shape[1:]),
        turns=True,
    )


def _blocked(x: TensorSpec, groups: int = 1) -> int:
    """Count the numbers of a tensor whose channels are filled up to whole blocks; groups are left as they are."""
    channels = x.shape[0] if groups > 1 else -(-x.shape[0] // BLOCK) * BLOCK
    return channels * math.prod(x.shape[1:])
