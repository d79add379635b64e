"""Files of tensors from strangers: looked through byte by byte before any library opens them."""

import json
import math
import re
from typing import Any, Literal

from neurarium.sessions.errors import Refused

MAXIMUM_HEAD = 2**20
MAXIMUM_TENSORS = 2_000
MAXIMUM_AXES = 8
NAME = re.compile(r"[A-Za-z0-9_.:/-]{1,400}")
BYTES = {
    "F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U8": 1, "BOOL": 1,
}  # fmt: skip
"""Bytes of one number of each kind that is read."""
LENGTH = 8
PICKLES = (b"\x80", b"PK\x03\x04", b"\x93NUMPY", b"\x1f\x8b", b"(", b"]", b"c")
"""How files begin that Python would execute, or that hold such files."""

Kind = Literal["safetensors", "onnx"]


def kind_of(document: bytes) -> Kind:
    """Tell by its bytes what a file is, whatever it is called; Refused if it is neither of what is read."""
    head = int.from_bytes(document[:LENGTH], "little")
    if document[LENGTH : LENGTH + 1] == b"{" and head <= max(MAXIMUM_HEAD, len(document)):
        return "safetensors"
    if document.startswith(PICKLES):
        raise Refused(
            "file-refused",
            "This is a pickle or an archive, as `torch.save` writes it. To open one may execute anything, so nobody "
            "opens it here. Write the weights with safetensors.torch.save_file(model.state_dict(), …).",
        )
    if document.startswith(b"\x08"):  # the version of the format, which leads every ONNX file
        return "onnx"
    raise _refused("These bytes are neither a safetensors nor an ONNX file.")


def check(document: bytes) -> None:
    """Raise Refused unless this is a whole safetensors file, its head as plain as the format says."""
    head = int.from_bytes(document[:LENGTH], "little")
    if len(document) < LENGTH or LENGTH + head > len(document):
        raise _refused(
            f"The file is not whole: it has {len(document):,} bytes and should have more."
        )
    if head > MAXIMUM_HEAD:
        raise _refused(f"Its head has {head:,} bytes; at most {MAXIMUM_HEAD:,} are read.")
    tensors = _parsed(document[LENGTH : LENGTH + head])
    said = tensors.pop("__metadata__", {})
    if not isinstance(said, dict) or not all(isinstance(value, str) for value in said.values()):
        raise _refused("What its head says beside the tensors is not text.")
    if not 0 < len(tensors) <= MAXIMUM_TENSORS:
        raise _refused(f"It holds {len(tensors):,} tensors; 1 to {MAXIMUM_TENSORS:,} are read.")
    places = sorted(_place(name, entry) for name, entry in tensors.items())
    _check_places(places, len(document) - LENGTH - head)


def _parsed(head: bytes) -> dict[str, Any]:
    try:
        tensors = json.loads(head.decode(), object_pairs_hook=_only_once, parse_constant=_no_number)
    except (ValueError, RecursionError) as problem:
        raise _refused("Its head is not JSON, or names something twice.") from problem
    if not isinstance(tensors, dict):
        raise _refused("Its head is no list of tensors.")
    return tensors


def _only_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError("twice")
    return dict(pairs)


def _no_number(_: str) -> None:
    raise ValueError("not a number")


def _place(name: str, entry: Any) -> tuple[int, int]:
    """Where a tensor's numbers lie: first byte, and the one behind the last."""
    if not NAME.fullmatch(name):
        raise _refused("The name of a tensor in it is no plain text.")
    if not isinstance(entry, dict) or entry.keys() != {"dtype", "shape", "data_offsets"}:
        raise _refused(f"`{name}` is not described by kind, shape and place.")
    dtype, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
    if not isinstance(dtype, str) or dtype not in BYTES:
        raise _refused(f"`{name}` is of a kind that is not read. These are: {', '.join(BYTES)}.")
    if not (_are_sizes(shape) and len(shape) <= MAXIMUM_AXES):
        raise _refused(f"`{name}` has no shape of at most {MAXIMUM_AXES} axes.")
    if not (_are_sizes(offsets) and len(offsets) == 2):
        raise _refused(f"`{name}` has no place.")
    first, end = offsets
    if end - first != math.prod(shape) * BYTES[dtype]:
        size = " × ".join(map(str, shape)) or "1"
        raise _refused(
            f"`{name}` of {size} numbers takes {math.prod(shape) * BYTES[dtype]:,} bytes, but has {end - first:,}."
        )
    return first, end


def _are_sizes(values: Any) -> bool:
    return isinstance(values, list) and all(
        type(value) is int and 0 <= value <= 2**53 for value in values
    )


def _check_places(places: list[tuple[int, int]], size: int) -> None:
    """Raise Refused where tensors overlap, leave a hole, or end elsewhere than the file."""
    at = 0
    for first, end in places:
        if first != at:
            what = "overlap" if first < at else "leave a hole"
            raise _refused(f"Tensors {what} at byte {first:,} of the numbers.")
        at = end
    if at != size:
        raise _refused(
            f"The file is not whole, or too long: its tensors take {at:,} bytes, and there are {size:,}."
        )


def _refused(sentence: str) -> Refused:
    return Refused("file-refused", sentence)
