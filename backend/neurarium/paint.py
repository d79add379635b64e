"""Maps of colour and the smallest PNG writer: enough for a picture that a script asks for, no imaging library."""

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

FORWARD = ("A24E02", "C76F33", "E39F75", "F3CFB8", "F1EFEA", "BBD8F3", "79B1E7", "2F89D6", "0062A6")
"""Orange − to blue +: values, weights, boundaries."""
GRADIENT = (
    "02704A",
    "259A66",
    "73BF94",
    "B6DDC6",
    "F1EFEA",
    "E9C6DF",
    "D08FC0",
    "B24E9F",
    "8E2A7C",
)
"""Green (push up) to magenta (push down): anything with ∂."""
AMOUNT = ("F1EFEA", "CFCFD6", "9A9DAA", "5A5F6D", "15171C")
"""Light to dark: probabilities, counts, inputs."""
GAP = 1
"""Cells between two tiles of a sheet."""

# Björn Ottosson's OKLab: linear sRGB -> cone responses -> cube root -> lightness and two colour axes.
_TO_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def ramp(stops: tuple[str, ...]) -> NDArray[np.uint8]:
    """Spread stops over 256 colours, evenly and in OKLab, where equal steps look equal."""
    srgb = np.array([list(bytes.fromhex(stop)) for stop in stops]) / 255
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    lab = np.cbrt(linear @ _TO_CONES.T) @ _TO_LAB.T
    at = np.linspace(0, len(stops) - 1, 256)
    between = np.stack([np.interp(at, np.arange(len(stops)), column) for column in lab.T], axis=1)
    linear = (between @ np.linalg.inv(_TO_LAB).T) ** 3 @ np.linalg.inv(_TO_CONES).T
    linear = np.clip(linear, 0, 1)
    srgb = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.round(srgb * 255).astype(np.uint8)


def sheet(levels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Lay an array of any rank out as one image: rows of tiles, with a gap between them in the middle colour."""
    if levels.ndim <= 2:
        return np.atleast_2d(levels)
    tiles = levels.reshape(-1, *levels.shape[-2:])
    columns = int(np.ceil(np.sqrt(len(tiles))))
    rows = -(-len(tiles) // columns)
    height, width = tiles.shape[1] + GAP, tiles.shape[2] + GAP
    image = np.full((rows * height - GAP, columns * width - GAP), 128, dtype=np.uint8)
    for place, tile in enumerate(tiles):
        top, left = place // columns * height, place % columns * width
        image[top : top + tile.shape[0], left : left + tile.shape[1]] = tile
    return image


def enlarge(image: NDArray[np.uint8], least: int) -> NDArray[np.uint8]:
    """Repeat every cell until the longer side has at least so many pixels."""
    times = -(-least // max(1, *image.shape))
    return image.repeat(times, axis=0).repeat(times, axis=1)


def png(image: NDArray[np.uint8], palette: NDArray[np.uint8]) -> bytes:
    """Write an image of palette indices (height × width) as PNG."""
    height, width = image.shape
    rows = np.zeros((height, width + 1), dtype=np.uint8)  # each row starts with its filter: none
    rows[:, 1:] = image
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)  # 8 bits a pixel, palette
    chunks = (
        (b"IHDR", header),
        (b"PLTE", palette.tobytes()),
        (b"IDAT", zlib.compress(rows.tobytes())),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, body) for name, body in chunks)


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
