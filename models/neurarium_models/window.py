"""Where a window has room in an image."""

from neurarium_models.box import Box, Interval
from neurarium_models.layer import LayerError, only
from neurarium_models.tensor import TensorSpec


def look_through(
    box: Box, channels: Interval, size: int, stride: int, padding: int = 0, dilation: int = 1
) -> Box:
    """Find the channels, rows and columns that places of a window see, those in the padding too."""
    _, *places = box
    reach = (size - 1) * dilation - padding
    return (
        channels,
        *((first * stride - padding, last * stride + reach) for first, last in places),
    )


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
    """Count channels, rows and columns of places at which a square window fits, or raise LayerError."""
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
