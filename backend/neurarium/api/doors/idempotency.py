"""`Idempotency-Key`: a request that is sent again is answered again, not done again."""

import hashlib
import re
from collections import OrderedDict
from dataclasses import dataclass, field

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from neurarium.api.problems import Refusal

KEY = re.compile(r"[\x21-\x7e]{1,128}")
MAXIMUM_KEPT = 1000
MAXIMUM_ANSWER = 64 * 1024

Name = tuple[str, str, str]
"""Owner, path, key."""


@dataclass
class Kept:
    """A request that came with a key, and its answer as soon as there is one."""

    fingerprint: bytes
    messages: list[Message] = field(default_factory=list)
    done: bool = False


class Answers:
    """The answers to the last requests that came with a key."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Name, Kept] = OrderedDict()

    async def once(
        self, app: ASGIApp, scope: Scope, raw: bytes, receive: Receive, send: Send
    ) -> None:
        """Call the application, unless this very request was answered before."""
        key = Headers(scope=scope).get("idempotency-key")
        principal = scope["state"]["principal"]
        if key is None or principal is None:
            await app(scope, receive, send)
            return
        if not KEY.fullmatch(key):
            raise Refusal("idempotency-key")
        name = (principal.owner, scope["path"], key)
        fingerprint = hashlib.sha256(scope["method"].encode() + b"\n" + raw).digest()
        known = self._kept.get(name)
        if known is None:
            await self.answer(name, fingerprint, app, scope, receive, send)
        elif known.fingerprint != fingerprint:
            raise Refusal("key-reused")
        elif not known.done:
            raise Refusal("in-progress")
        else:
            for message in known.messages:
                # A copy: headers are added to it on the way out.
                await send(dict(message))

    async def answer(
        self,
        name: Name,
        fingerprint: bytes,
        app: ASGIApp,
        scope: Scope,
        receive: Receive,
        send: Send,
    ) -> None:
        """Call the application and keep what it answers, if it was done."""
        kept = self._kept[name] = Kept(fingerprint)
        if len(self._kept) > MAXIMUM_KEPT:
            self._kept.popitem(last=False)

        async def keep(message: Message) -> None:
            kept.messages.append(dict(message))
            await send(message)

        try:
            await app(scope, receive, keep)
        finally:
            status = next((m["status"] for m in kept.messages if "status" in m), 500)
            size = sum(len(m.get("body", b"")) for m in kept.messages)
            kept.done = True
            if status >= 300 or size > MAXIMUM_ANSWER:
                self._kept.pop(name, None)
