"""What a body may be: JSON, small, whole, in time."""

import asyncio
from typing import Any

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive, Scope

from neurarium.api.problems import Refusal
from neurarium.api.strict_json import JSONError, parse

MAXIMUM_BODY = 256 * 1024
TIMEOUT = 10.0
PATIENCE = 1.0
"""Seconds for which what is too large is still read, so that the answer can arrive."""
BODILESS = frozenset({"GET", "HEAD"})


async def take_body(scope: Scope, receive: Receive) -> tuple[bytes, Any]:
    """Read and parse the body of a request, or raise Refusal; without one, the document is None."""
    headers = Headers(scope=scope)
    length = headers.get("content-length", "0")
    if length.isascii() and length.isdigit() and int(length[:20]) > MAXIMUM_BODY:
        await drain(receive)
        raise Refusal("too-large", limit=MAXIMUM_BODY)
    try:
        async with asyncio.timeout(TIMEOUT):
            raw = await read(receive, MAXIMUM_BODY)
    except TimeoutError:
        raise Refusal("timeout") from None
    if raw is None:
        await drain(receive)
        raise Refusal("too-large", limit=MAXIMUM_BODY)
    if not raw:
        return b"", None
    check_type(headers)
    try:
        return raw, parse(raw)
    except JSONError as error:
        raise Refusal(error.code, str(error), limit=error.limit) from None


async def read(receive: Receive, most: int) -> bytes | None:
    """Read all of a body; None when it has more bytes than that."""
    chunks: list[bytes] = []
    size = 0
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk = message.get("body", b"")
        more = message.get("more_body", False)
        size += len(chunk)
        if size > most:
            return None
        chunks.append(chunk)
    return b"".join(chunks)


async def drain(receive: Receive) -> None:
    """Read on for a moment and throw away what comes."""
    try:
        async with asyncio.timeout(PATIENCE):
            while (message := await receive())["type"] == "http.request":
                if not message.get("more_body", False):
                    return
    except TimeoutError:
        return


def check_type(headers: Headers) -> None:
    """Raise Refusal unless the body says that it is JSON, and no more than that."""
    types = headers.getlist("content-type")
    kind, _, parameter = (types[0] if len(types) == 1 else "").partition(";")
    encoding = headers.get("content-encoding", "identity").lower()
    charset = parameter.strip().lower().replace('"', "")
    if (
        kind.strip().lower() != "application/json"
        or charset not in ("", "charset=utf-8")
        or encoding != "identity"
    ):
        raise Refusal("not-json")


def replay(raw: bytes, receive: Receive) -> Receive:
    """Hand a body that was read to who asks next; after it, what really happens."""
    pending: list[Message] = [{"type": "http.request", "body": raw, "more_body": False}]

    async def next_message() -> Message:
        return pending.pop() if pending else await receive()

    return next_message
