"""What a layer holds in memory besides what comes out: the fact that estimates of a run's memory are made of."""

import math
from typing import NamedTuple

from neurarium_models.processor import NARROW, lanes
from neurarium_models.tensor import TensorSpec


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
    forgets: bool | None = None
    """Whether it forgets which way a channel alone lies. None: arithmetic of whole tensors does, windows do not."""
    spreads: bool = False
    """Whether one number becomes the gradient of a whole map, which then lies map by map, whatever lay there."""
    straight: bool = False
    """Whether the gradient goes on as it is, or a part of it, to every input that is no larger than the output."""


NOTHING_KEPT = Footprint(inputs=False, output=False)
INPUTS_KEPT = Footprint(output=False)
OUTPUT_KEPT = Footprint(inputs=False)
VIEW = Footprint(inputs=False, output=False, view=True, straight=True)


def convolved(
    x: TensorSpec, y: TensorSpec, kernel: int, stride: int = 1, padding: int = 0, groups: int = 1
) -> Footprint:
    """Say what a convolution holds: what comes in, and for a moment both sides in oneDNN's own order."""
    windows = x.shape[0] // groups * kernel ** (len(x.shape) - 1) * math.prod(y.shape[1:])
    parted = (
        x.size // groups + y.size if groups > 1 else 0
    )  # one group after the other, then joined
    if lanes() == NARROW and x.shape[0] == y.shape[0] == groups > 1:
        # Each map by itself: oneDNN fills both sides up to whole blocks, as if there were no groups.
        both = _blocked(x) + _blocked(y)
        moment, backward = both - y.size, both
    elif padding >= kernel or (lanes() == NARROW and not _fills(x, y, groups)):
        moment, backward = _as_it_is(x, y, stride, groups)
    else:
        moment, backward = _in_blocks(x, y, kernel, stride, groups)
    return Footprint(
        output=False,
        moment=moment,
        backward=backward,
        windows=(windows if kernel > 1 or x.shape[1:] != y.shape[1:] else 0) + parted,
        turns=True,
    )


def _fills(x: TensorSpec, y: TensorSpec, groups: int) -> bool:
    """Whether the channels of each group fill whole blocks on both sides; without groups, they are filled up."""
    return groups == 1 or all(spec.shape[0] % (groups * lanes()) == 0 for spec in (x, y))


def _in_blocks(
    x: TensorSpec, y: TensorSpec, kernel: int, stride: int, groups: int
) -> tuple[int, int]:
    """Count both sides with their channels in blocks, forwards and backwards."""
    is_turned = x.shape[0] >= lanes() or kernel == 1
    before, after = _blocked(x, groups), _blocked(y, groups)
    moment = after + max(0, before - y.size if is_turned else 0)
    if lanes() == NARROW:
        # It has no kernel for the way back of steps: these gradients come from products of matrices.
        return moment, max(after + before, 2 * x.size if stride > 1 and groups == 1 else 0)
    return moment, after + max(before - x.size, before if is_turned else x.size)


def _as_it_is(x: TensorSpec, y: TensorSpec, stride: int, groups: int) -> tuple[int, int]:
    """Count what is there where no kernel of blocks will do: one side twice.

    Blocks will not do where a window may lie beyond the edge, or where groups leave blocks half empty. Where windows
    step and a group makes more maps than the processor has lanes, oneDNN has no kernel for the way back: products of
    matrices take its place, and what they give is laid out once more.
    """
    is_product = stride > 1 and (groups == 1 or y.shape[0] // groups > lanes())
    return y.size, max(2 * x.size, y.size) if is_product else x.size


def painted(x: TensorSpec, y: TensorSpec, kernel: int, stride: int) -> Footprint:
    """Say what a convolution the other way round holds: what it paints is there twice more for a moment."""
    before, after = _blocked(x), _blocked(y)
    return Footprint(
        output=False,
        moment=2 * after + before - y.size if stride == 1 else 2 * y.size,
        backward=after + (before if lanes() == NARROW else max(before - x.size, x.size)),
        windows=y.shape[0] * kernel**2 * math.prod(x.shape[1:]),
        turns=True,
    )


def _blocked(x: TensorSpec, groups: int = 1) -> int:
    """Count the numbers of a tensor whose channels are filled up to whole blocks; groups are left as they are."""
    channels = x.shape[0] if groups > 1 else -(-x.shape[0] // lanes()) * lanes()
    return channels * math.prod(x.shape[1:])
