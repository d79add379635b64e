"""Arrays as text: base64 of compressed bytes, which a few lines of the file itself turn back into tensors."""

import base64
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

WIDTH = 96
LEVEL = 6
DTYPES = {"bool": "bool", "int64": "int64", "float32": "float32", "float64": "float64"}

UNPACK = '''\
def tensor(dtype: torch.dtype, shape: tuple[int, ...], text: str) -> Tensor:
    """Turn numbers that are written as text back into a tensor."""
    numbers = bytearray(zlib.decompress(base64.b64decode(text)))
    if not numbers:
        return torch.empty(shape, dtype=dtype)
    return torch.frombuffer(numbers, dtype=dtype).reshape(shape)
'''


def table(name: str, arrays: Mapping[str, NDArray[Any]]) -> str:
    """Write named arrays as a dictionary of tensors."""
    entries = "".join(f"    {_text(key)}: {_array(value)},\n" for key, value in arrays.items())
    return f"{name} = {{\n{entries}}}"


def _text(key: str) -> str:
    return f'"{key}"'


def _array(array: NDArray[Any]) -> str:
    # Little-endian, as all machines are on which torch runs.
    plain = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<"), copy=False)
    packed = base64.b64encode(zlib.compress(plain.tobytes(), LEVEL)).decode()
    lines = "\n".join(packed[at : at + WIDTH] for at in range(0, len(packed), WIDTH))
    quoted = f'"""\n{lines}\n"""' if "\n" in lines else f'"{lines}"'
    return f"tensor(torch.{DTYPES[array.dtype.name]}, {tuple(array.shape)}, {quoted})"
