"""JSON from strangers: one strict parser for HTTP bodies and socket messages.

UTF-8 only, finite numbers, no lone surrogates; then bounds on depth, lengths and sizes, checked without recursion and
before any model sees the document, so that validation is never given more than it can refuse at once.
"""

import re
from typing import Any

import msgspec

MAXIMUM_DEPTH = 32
MAXIMUM_LIST = 512
MAXIMUM_STRING = 200_000
MAXIMUM_INTEGER = 2**53
MAXIMUM_VALUES = 50_000
KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_.]{0,399}")
FORBIDDEN_KEYS = frozenset({"__proto__", "constructor", "prototype"})
CONTROL = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]"
)
"""Characters that no text has a use for, and those that turn text around; tabulator and line ends are text."""


class JSONError(ValueError):
    """A document is not JSON (`malformed-json`) or beyond a bound (`json-limit`): a sentence without its text."""

    def __init__(self, code: str, message: str, limit: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.limit = limit


def parse(raw: bytes | str) -> Any:
    """Read one JSON document, or raise JSONError."""
    try:
        document = msgspec.json.decode(raw)
    except RecursionError:
        raise too_deep() from None
    except (msgspec.DecodeError, ValueError):
        # The parser's own sentence may quote the document.
        message = "This is not valid JSON: UTF-8, finite numbers, whole surrogate pairs."
        raise JSONError("malformed-json", message) from None
    check(document)
    return document


def check(document: Any) -> None:
    """Raise JSONError at the first bound that a parsed document breaks."""
    pending = [(document, 1)]
    values = 1
    while pending:
        value, depth = pending.pop()
        if not isinstance(value, dict | list):
            check_scalar(value)
            continue
        values += len(value)
        check_container(value, depth, values)
        items = value.values() if isinstance(value, dict) else value
        for item in items:
            if isinstance(item, dict | list):
                pending.append((item, depth + 1))
            else:
                check_scalar(item)


def check_container(value: dict[str, Any] | list[Any], depth: int, values: int) -> None:
    """Raise JSONError for a list or object that is too deep, too long, one too many, or has an odd key."""
    if depth > MAXIMUM_DEPTH:
        raise too_deep()
    if len(value) > MAXIMUM_LIST:
        message = f"A list or object has more than {MAXIMUM_LIST} entries."
        raise JSONError("json-limit", message, MAXIMUM_LIST)
    if values > MAXIMUM_VALUES:
        message = f"There are more than {MAXIMUM_VALUES:,} values."
        raise JSONError("json-limit", message, MAXIMUM_VALUES)
    if isinstance(value, dict):
        for key in value:
            check_key(key)


def check_scalar(value: str | int | float | bool | None) -> None:
    """Raise JSONError for text or a whole number beyond its bounds."""
    if isinstance(value, str):
        if len(value) > MAXIMUM_STRING:
            message = f"A text is longer than {MAXIMUM_STRING:,} characters."
            raise JSONError("json-limit", message, MAXIMUM_STRING)
        if CONTROL.search(value):
            raise JSONError("json-limit", "A text has control characters in it.")
    elif isinstance(value, int) and not -MAXIMUM_INTEGER <= value <= MAXIMUM_INTEGER:
        raise JSONError("json-limit", "A whole number is beyond ±2^53.", MAXIMUM_INTEGER)


def check_key(key: str) -> None:
    """Raise JSONError unless the key is a name or dotted path, and means nothing to a browser."""
    if not KEY.fullmatch(key) or not FORBIDDEN_KEYS.isdisjoint(key.split(".")):
        raise JSONError(
            "json-limit", "An object has a key that is not a plain name or dotted path."
        )


def too_deep() -> JSONError:
    """Say that the document is nested too deep."""
    message = f"Lists and objects are nested deeper than {MAXIMUM_DEPTH} levels."
    return JSONError("json-limit", message, MAXIMUM_DEPTH)
