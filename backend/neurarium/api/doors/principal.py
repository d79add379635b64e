"""Who asks: the owner at the page, by a cookie, or a script, by a token."""

import hmac
import secrets
from collections import OrderedDict
from dataclasses import dataclass
from typing import Literal

from starlette.datastructures import Headers
from starlette.types import Scope

MAXIMUM_SIGNED_IN = 4096
LOCAL = "local"
"""The owner of what is made at the page of this computer and by its scripts."""


@dataclass(frozen=True)
class Principal:
    """Somebody who is let in, and whose things they may touch."""

    owner: str
    kind: Literal["owner", "script"]


class Principals:
    """Everybody who is let in: cookies that were given out, and the token of scripts."""

    def __init__(self, link: str | None = None) -> None:
        self.link = link
        """What a page's address must carry to be signed in from another computer; None: that is not possible."""
        self._tokens: dict[str, Principal] = {}
        self._cookies: OrderedDict[str, Principal] = OrderedDict()

    def add_token(self, token: str, owner: str = LOCAL) -> None:
        """Let in the bearer of a token."""
        self._tokens[token] = Principal(owner, "script")

    def sign_in(self, owner: str = LOCAL) -> str:
        """Make a new cookie for a page; the one unused for longest goes when there are too many."""
        cookie = secrets.token_hex(16)
        self._cookies[cookie] = Principal(owner, "owner")
        if len(self._cookies) > MAXIMUM_SIGNED_IN:
            self._cookies.popitem(last=False)
        return cookie

    def identify(self, scope: Scope) -> Principal | None:
        """Find out who asks; None for nobody. A token is never helped by a cookie."""
        headers = Headers(scope=scope)
        tokens = headers.getlist("authorization")
        if tokens:
            return self.bearer(tokens[0]) if len(tokens) == 1 else None
        return self.visitor(headers, cookie_name(scope))

    def bearer(self, header: str) -> Principal | None:
        """Look up a bearer token, in a time that does not tell how much of it is right."""
        scheme, _, given = header.partition(" ")
        found = None
        for token, principal in self._tokens.items():
            if hmac.compare_digest(token.encode(), given.strip().encode()):
                found = principal
        return found if scheme.lower() == "bearer" else None

    def visitor(self, headers: Headers, name: str) -> Principal | None:
        """Look up the page's cookie."""
        for header in headers.getlist("cookie"):
            for pair in header.split(";"):
                key, _, value = pair.strip().partition("=")
                if key == name and value in self._cookies:
                    self._cookies.move_to_end(value)
                    return self._cookies[value]
        return None


def cookie_name(scope: Scope) -> str:
    """Name the cookie: with the port, as browsers send cookies to every port of a host."""
    server = scope.get("server")
    return f"neurarium_{server[1] if server else 0}"
