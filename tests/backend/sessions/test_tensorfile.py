"""Hostile files of tensors: each is refused by a sentence before a library opens it."""

import io
import json
import pickle
import struct
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
import torch

from neurarium.sessions import tensorfile
from neurarium.sessions.errors import Refused

ONE = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}


def packed(
    head: str | bytes | dict[str, Any], data: bytes = b"\0" * 8, length: int | None = None
) -> bytes:
    text = json.dumps(head) if isinstance(head, dict) else head
    raw = text.encode() if isinstance(text, str) else text
    return struct.pack("<Q", len(raw) if length is None else length) + raw + data


GOOD = packed({"a": ONE})
HOSTILE: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "not whole"),
    "seven bytes": (GOOD[:7], "not whole"),
    "head cut off": (GOOD[:20], "not whole"),
    "numbers cut off": (GOOD[:-1], "its tensors take 8 bytes, and there are 7"),
    "something behind": (GOOD + b"!", "and there are 9"),
    "huge head": (packed({"a": ONE}, length=2**63), "not whole"),
    "head above a megabyte": (packed(b" " * (2**20 + 1)), "1,048,577 bytes; at most 1,048,576"),
    "no JSON": (packed("{nonsense"), "not JSON"),
    "no UTF-8": (packed(b"{\xff}"), "not JSON"),
    "a list": (packed("[]"), "no list of tensors"),
    "nested deep": (packed("[" * 200_000), "not JSON"),
    "infinite": (packed('{"a": Infinity}'), "not JSON"),
    "named twice": (packed(f'{{"a": {json.dumps(ONE)}, "a": {json.dumps(ONE)}}}'), "names something twice"),
    "no tensors": (packed({}, b""), "holds 0 tensors"),
    "too many": (
        packed({f"t{n}": {"dtype": "U8", "shape": [0], "data_offsets": [0, 0]} for n in range(2001)}, b""),
        "holds 2,001 tensors; 1 to 2,000",
    ),
    "no text beside": (packed({"a": ONE, "__metadata__": {"x": 1}}), "not text"),
    "odd name": (packed({"a\x1b[31m": ONE}), "no plain text"),
    "unknown kind": (packed({"a": ONE | {"dtype": "F8"}}), "of a kind that is not read"),
    "kind as list": (packed({"a": ONE | {"dtype": ["F32"]}}), "of a kind"),
    "more keys": (packed({"a": ONE | {"x": 1}}), "not described"),
    "negative": (packed({"a": ONE | {"shape": [-2]}}), "no shape"),
    "true is no size": (packed({"a": ONE | {"shape": [True]}}), "no shape"),
    "nine axes": (packed({"a": ONE | {"shape": [1] * 9}}), "no shape of at most 8 axes"),
    "huge shape": (packed({"a": ONE | {"shape": [2**53, 2**53]}}), "but has 8"),
    "other size": (packed({"a": ONE | {"shape": [3]}}), "`a` of 3 numbers takes 12 bytes, but has 8"),
    "overlapping": (
        packed({"a": ONE, "b": ONE | {"data_offsets": [4, 12]}}, b"\0" * 12), "overlap at byte 4",
    ),
    "the same place twice": (packed({"a": ONE, "b": ONE}), "overlap at byte 0"),
    "a hole": (packed({"a": ONE, "b": ONE | {"data_offsets": [12, 20]}}, b"\0" * 20), "leave a hole at byte 12"),
    "backwards": (packed({"a": ONE | {"data_offsets": [8, 0]}}), "but has -8"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_by_a_sentence(name: str) -> None:
    document, sentence = HOSTILE[name]
    with pytest.raises(Refused, match=sentence) as refused:
        tensorfile.check(document)
    assert refused.value.code == "file-refused"


def test_what_the_library_writes_is_let_through() -> None:
    tensors: dict[str, Any] = {
        "a.b": np.zeros((2, 3), np.float32), "c": np.zeros((), np.int64), "d": np.zeros((0, 4), np.float16),
    }  # fmt: skip
    document = safetensors.numpy.save(tensors, metadata={"format": "pt"})
    tensorfile.check(document)
    assert tensorfile.kind_of(document) == "safetensors"
    assert tensorfile.kind_of(GOOD) == "safetensors"


def test_without_the_check_the_library_would_take_some_of_them() -> None:
    """The control: these are not refused by the format's own library."""
    for name in ("named twice", "odd name"):
        assert safetensors.numpy.load(HOSTILE[name][0])


@pytest.mark.parametrize("seed", range(4))
def test_a_changed_byte_is_refused_or_harmless(seed: int) -> None:
    rng = np.random.default_rng(seed)
    whole = safetensors.numpy.save({"a.weight": np.ones((3, 2), np.float32), "b": np.ones(4)})
    for _ in range(500):
        document = bytearray(whole)
        document[int(rng.integers(len(whole)))] = int(rng.integers(256))
        try:
            tensorfile.check(bytes(document))
        except Refused:
            continue
        assert safetensors.numpy.load(bytes(document)).keys()


class Trap:
    """Something that does more than to be read."""

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return sys.audit, ("neurarium.sprung",)


def archives() -> dict[str, bytes]:
    zipped, older = io.BytesIO(), io.BytesIO()
    torch.save({"a": torch.zeros(2)}, zipped)
    torch.save({"a": torch.zeros(2)}, older, _use_new_zipfile_serialization=False)
    objects = io.BytesIO()
    np.save(objects, np.array([Trap()], dtype=object), allow_pickle=True)
    return {
        "torch.save": zipped.getvalue(),
        "torch.save as it was": older.getvalue(),
        "pickle": pickle.dumps(Trap()),
        "pickle of old": pickle.dumps(Trap(), protocol=0),
        "numpy objects": objects.getvalue(),
    }


SPRUNG: list[str] = []


def listen(event: str, _: Any) -> None:
    if event in ("pickle.find_class", "neurarium.sprung"):
        SPRUNG.append(event)


@pytest.mark.parametrize("name", archives())
def test_pickles_by_any_name_are_never_opened(name: str) -> None:
    document = archives()[name]
    sys.addaudithook(listen)
    SPRUNG.clear()
    with pytest.raises(Refused, match="pickle"):
        tensorfile.kind_of(document)
    with pytest.raises(Refused):
        tensorfile.check(document)
    assert not SPRUNG


def test_the_trap_would_have_sprung() -> None:
    sys.addaudithook(listen)
    SPRUNG.clear()
    pickle.loads(archives()["pickle"])  # noqa: S301 - it is our own
    assert "neurarium.sprung" in SPRUNG
