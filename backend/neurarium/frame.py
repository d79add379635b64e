"""How a frame leaves the house: packed for the socket, as JSON lists, as a NumPy archive, or as an image.

A picture holds true numbers. The socket gets them in the picture's wire type, JSON and `.npz` as they are. What is not
finite: floats carry it to the socket; in uint8 an infinity is the end of the scale and "not a number" its zero; JSON
says null in arrays and `"nan"`, `"inf"`, `"-inf"` elsewhere. `details.not_finite` counts them, by `node/name`.
"""

import io
import json
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurarium import paint
from neurarium.probe import Frame, Picture, ProbeError, WireType

VERSION = 1
"""Version of the protocol whose frames these are."""
STORED: dict[WireType, str] = {"uint8": "u1", "float32": "<f4", "float64": "<f8", "int32": "<i4"}
"""How NumPy writes each wire type, little-endian on every machine."""


def quantise(
    values: NDArray[Any], lo: float | tuple[float, ...], hi: float | tuple[float, ...]
) -> NDArray[np.uint8]:
    """Bring numbers to 0..255, linearly from `lo` to `hi`, one pair for each index of the first axis if several.

    On a scale that is symmetric about zero, negative numbers end at 127 or below and all others at 128 or above.
    """
    low, high = _ends(lo, values.ndim), _ends(hi, values.ndim)
    if np.isnan(values).any():
        values = np.nan_to_num(values, nan=0.0, posinf=np.inf, neginf=-np.inf)
    if np.all(low == -high):
        level = np.floor(values * (127.5 / np.where(high > 0, high, 1.0))) + 128
    else:
        level = np.floor((values - low) * (255 / np.where(high > low, high - low, 1.0)) + 0.5)
    levels: NDArray[np.uint8] = np.clip(level, 0, 255).astype(np.uint8)
    return levels


def wire(frame: Frame, probe: str) -> dict[str, Any]:
    """Write a frame as MessagePack takes it: a `FrameMessage` but for `subscription` and `run`."""
    arrays = [{**_head(p), "dtype": p.dtype, "data": stored(p).tobytes()} for p in frame.pictures]
    return {
        **_envelope(frame, probe),
        "reading": _reading(frame),
        "arrays": arrays,
        "details": _details(frame),
    }


def plain(frame: Frame, probe: str) -> dict[str, Any]:
    """Write a frame as strict JSON takes it: the same fields, with true numbers in nested lists."""
    arrays = [
        {**_head(picture), "dtype": _true_type(picture.values), "data": _lists(picture.values)}
        for picture in frame.pictures
    ]
    rest = {**_envelope(frame, probe), "reading": _reading(frame), "details": _details(frame)}
    return {name: _finite(value) for name, value in rest.items()} | {"arrays": arrays}


def npz(frame: Frame, probe: str) -> bytes:
    """Write a frame as a NumPy archive: true numbers as `node/name`, and all the rest as JSON text in `frame`."""
    rest = plain(Frame(**{**vars(frame), "pictures": ()}), probe)
    rest["arrays"] = [_head(picture) for picture in frame.pictures]
    arrays = {f"{picture.node}/{picture.name}": picture.values for picture in frame.pictures}
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, frame=np.array(json.dumps(rest)), **arrays)
    return buffer.getvalue()


def png(frame: Frame, name: str | None = None, node: str | None = None, least: int = 256) -> bytes:
    """Paint one picture of a frame, the first that fits name and node, if possible one with two axes.

    Signed pictures take the map from orange over grey to blue (green to magenta for gradients), others black on light.
    """
    fitting = [p for p in frame.pictures if name in (None, p.name) and node in (None, p.node)]
    if not fitting:
        raise ProbeError("There is nothing to paint here.")
    picture = next((p for p in fitting if p.values.ndim > 1), fitting[0])
    scale = _painted_scale(picture)
    levels = stored(picture) if picture.dtype == "uint8" else quantise(picture.values, *scale)
    stops: tuple[str, ...] = paint.AMOUNT
    if np.min(scale[0]) < 0:
        stops = paint.GRADIENT if picture.name.startswith("grad") else paint.FORWARD
    return paint.png(paint.enlarge(paint.sheet(levels), least), paint.ramp(stops))


def stored(picture: Picture) -> NDArray[Any]:
    """Bring a picture's numbers to its wire type."""
    if picture.dtype == "uint8":
        return quantise(picture.values, picture.lo, picture.hi)
    return np.ascontiguousarray(picture.values, dtype=STORED[picture.dtype])


def _ends(end: float | tuple[float, ...], rank: int) -> NDArray[np.float64]:
    """Shape the ends of a scale so that they meet the first axis."""
    array = np.asarray(end, dtype=np.float64)
    return array.reshape(array.shape + (1,) * (rank - array.ndim)) if array.ndim else array


def _painted_scale(picture: Picture) -> tuple[float | tuple[float, ...], float | tuple[float, ...]]:
    """Take the picture's own scale, or the range of its numbers where it was made for reading."""
    if picture.dtype == "uint8" or not picture.values.size:
        return picture.lo, picture.hi
    known = picture.values[np.isfinite(picture.values)]
    lo, hi = float(known.min(initial=0.0)), float(known.max(initial=0.0))
    return (-max(-lo, hi), max(-lo, hi)) if lo < 0 else (0.0, hi or 1.0)


def _envelope(frame: Frame, probe: str) -> dict[str, Any]:
    return {
        "type": "frame",
        "v": VERSION,
        "probe": probe,
        "replica": frame.replica,
        "step": frame.step,
        "example": frame.example,
    }


def _reading(frame: Frame) -> dict[str, Any] | None:
    return None if frame.reading is None else vars(frame.reading)


def _head(picture: Picture) -> dict[str, Any]:
    several = isinstance(picture.lo, tuple)
    return {
        "name": picture.name,
        "node": picture.node,
        "axes": list(picture.axes),
        "shape": list(picture.values.shape),
        "scale": picture.scale,
        "lo": [float(end) for end in np.atleast_1d(picture.lo)] if several else picture.lo,
        "hi": [float(end) for end in np.atleast_1d(picture.hi)] if several else picture.hi,
    }


def _details(frame: Frame) -> dict[str, Any]:
    """Add to a frame's details how many numbers of each picture are not finite, if any."""
    counts = {
        f"{p.node}/{p.name}": int(p.values.size - np.isfinite(p.values).sum())
        for p in frame.pictures
    }
    odd = {place: count for place, count in counts.items() if count}
    return {**frame.details, "not_finite": odd} if odd else frame.details


def _true_type(values: NDArray[Any]) -> str:
    if values.dtype.kind in "bui":
        return "int32"
    return "float64" if values.dtype.itemsize > 4 else "float32"


def _lists(values: NDArray[Any]) -> Any:
    if values.dtype.kind != "f":
        return values.astype(np.int64).tolist()
    if np.isfinite(values).all():
        return values.tolist()
    lists = values.astype(object)
    lists[~np.isfinite(values)] = None
    return lists.tolist()


def _finite(value: Any) -> Any:
    """Copy a JSON value with every number that JSON lacks as its name."""
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value
