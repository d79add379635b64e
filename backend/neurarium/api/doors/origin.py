"""Whose pages may ask: those of this server alone."""

from starlette.datastructures import Headers
from starlette.types import Scope

from neurarium.api.problems import Refusal

SAFE = frozenset({"GET", "HEAD"})
SCHEMES = {"http": "http", "https": "https", "ws": "http", "wss": "https"}
PORTS = {"http": ":80", "https": ":443"}


def own_origin(scope: Scope) -> str:
    """Write the origin of a page that came from where this request goes."""
    scheme = SCHEMES[scope["scheme"]]
    host = Headers(scope=scope).get("host", "").strip().lower()
    return f"{scheme}://{host.removesuffix(PORTS[scheme])}"


def check_origin(scope: Scope) -> None:
    """Raise Refusal for what a foreign page could have caused: nothing but reading public things without a cookie.

    A browser says where a request comes from on everything but plain reading. Scripts say nothing: they bring a token,
    which no page has.
    """
    headers = Headers(scope=scope)
    origins = headers.getlist("origin")
    own = own_origin(scope)
    same = [origin.lower() for origin in origins] == [own]
    bearer = "authorization" in headers
    cookie = "cookie" in headers
    if same:
        return
    if scope["type"] == "websocket":
        if origins or cookie:
            raise Refusal("foreign-origin")
        return
    if bearer:
        return
    safe = scope["method"] in SAFE
    if (origins and (cookie or not safe)) or (cookie and not safe):
        raise Refusal("foreign-origin")
