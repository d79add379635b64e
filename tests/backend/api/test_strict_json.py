"""What JSON from strangers may be."""

import json
from typing import Any

import pytest

from neurarium.api.strict_json import (
    MAXIMUM_DEPTH,
    MAXIMUM_INTEGER,
    MAXIMUM_LIST,
    MAXIMUM_STRING,
    JSONError,
    parse,
)


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


@pytest.mark.parametrize(
    "raw",
    [
        b"", b" ", b"nul", b"NaN", b"-Infinity", b"Infinity", b"1e999", b"[1,]", b"{'a':1}", b"01", b"1.", b".5", b"+1",
        b'"\\ud800"', b'"\\udfff\\ud800"', b'"\xed\xa0\x80"', b'"\xff"', b'"\xc0\xaf"', b"\xef\xbb\xbf{}", b'"a\nb"',
        b"\xff\xfe{\x00}\x00", b"{}{}", b"{} x", b"// no\n{}", b'{"a":1', b'{"a" 1}', b'"\\x41"', b"0x10", b"1_000",
    ],
)  # fmt: skip
def test_what_is_no_json_is_malformed(raw: bytes) -> None:
    with pytest.raises(JSONError) as error:
        parse(raw)
    assert error.value.code == "malformed-json"


@pytest.mark.parametrize(
    ("within", "beyond"),
    [
        (nested(MAXIMUM_DEPTH), nested(MAXIMUM_DEPTH + 1)),
        (nested(3), nested(100_000)),
        (b'{"a":' * 31 + b"[]" + b"}" * 31, b'{"a":' * 900 + b"1" + b"}" * 900),
        (json.dumps([0] * MAXIMUM_LIST).encode(), json.dumps([0] * (MAXIMUM_LIST + 1)).encode()),
        (
            json.dumps("a" * MAXIMUM_STRING).encode(),
            json.dumps("a" * (MAXIMUM_STRING + 1)).encode(),
        ),
        (str(MAXIMUM_INTEGER).encode(), str(MAXIMUM_INTEGER + 1).encode()),
        (str(-MAXIMUM_INTEGER).encode(), str(-MAXIMUM_INTEGER - 1).encode()),
        (b"1e308", b"9" * 4000),
        (json.dumps([[0] * 500] * 99).encode(), json.dumps([[0] * 500] * 100).encode()),
        (b'"a\\tb\\nc"', b'"a\\u0000b"'),
        (b'"\\u00e9\\ud83d\\ude00"', b'"\\u2028"'),
        (b'{"a_b.c9":1}', b'{"__proto__":1}'),
        (b'{"proto":1}', b'{"constructor":1}'),
        (b'{"a":{"b":1}}', b'{"a":{"prototype":1}}'),
        (b'{"a.b":1}', b'{"a.__proto__":1}'),
        (b'{"_":1}', b'{"":1}'),
        (b'{"a":1}', b'{"a b":1}'),
    ],
)
def test_each_bound_holds_exactly(within: bytes, beyond: bytes) -> None:
    parse(within)
    with pytest.raises(JSONError) as error:
        parse(beyond)
    assert error.value.code in ("json-limit", "malformed-json")


def test_nothing_of_the_document_is_repeated() -> None:
    for document in ({"canary key": 1}, ["\0canary"], {"canary": ["x" * 200_001]}):
        with pytest.raises(JSONError) as error:
            parse(json.dumps(document))
        assert "canary" not in str(error.value)


def test_good_documents_come_through_unchanged() -> None:
    document: dict[str, Any] = {
        "a": [1, -2.5, True, None, "é\n", {"b": {}}],
        "c": 2**53,
        "d": 1e-300,
    }
    assert parse(json.dumps(document)) == document
