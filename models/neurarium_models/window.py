"""Where a window has room in an image, and what it sees there."""

from dataclasses import dataclass

from neurarium_models.box import Box, Interval
from neurarium_models.layer import LayerError, only
from neurarium_models.tensor import TensorSpec


@dataclass(frozen=True)
class Window:
    """A square window that slides over rows and columns."""

    size: int
    stride: int
    padding: int = 0
    dilation: int = 1

    def look(self, box: Box, channels: Interval, x: TensorSpec, edges: bool) -> Box:
        """Find the channels, rows and columns that some of its places see."""
        _, *places = box
        sides = (
            self._inside(*place, side) if edges else self._all(*place)
            for place, side in zip(places, x.shape[1:], strict=True)
        )
        return (channels, *sides)

    def _all(self, first: int, last: int) -> Interval:
        reach = (self.size - 1) * self.dilation
        return first * self.stride - self.padding, last * self.stride - self.padding + reach

    def _inside(self, first: int, last: int, side: int) -> Interval:
        """Find the outermost cells of a side that are met: some places meet it with a part of the window only."""
        low, high = side, -1
        for offset in range(-self.padding, self.size * self.dilation - self.padding, self.dilation):
            start = max(first, -(offset // self.stride))
            end = min(last, (side - 1 - offset) // self.stride)
            if start <= end:
                low = min(low, start * self.stride + offset)
                high = max(high, end * self.stride + offset)
        return low, high


def slide(
    kind: str,
    x: TensorSpec,
    size: int,
    stride: int,
    padding: int,
    *,
    channels: int | None = None,
    dilation: int = 1,
) -> tuple[int, int, int]:
    """Count channels, rows and columns of places at which a square window fits, or raise LayerError.

    With `dilation` the window's pixels are so far apart.
    """
    if len(x.shape) != 3:
        raise LayerError(f"{kind} takes images (channels×rows×columns), but its input is {x}.")
    span = (size - 1) * dilation + 1
    maps, rows, columns = (
        channels or x.shape[0],
        *((side + 2 * padding - span) // stride + 1 for side in x.shape[1:]),
    )
    smallest = min(x.shape[1:]) + 2 * padding
    if span > smallest:
        instead = only(TensorSpec(axes=x.axes, shape=(maps, max(rows, 1), max(columns, 1))))
        message = f"A window of {span}×{span} does not fit into {x.shape[1]}×{x.shape[2]}"
        message += f" with {padding} around it." if padding else "."
        raise LayerError(message, {"kernel_size": (smallest - 1) // dilation + 1}, instead)
    return maps, rows, columns
