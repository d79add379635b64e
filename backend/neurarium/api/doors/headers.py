"""What every answer tells the browser not to do."""

from starlette.datastructures import MutableHeaders
from starlette.types import Message, Scope, Send

from neurarium.api.doors.origin import own_origin

EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
DOWNLOAD = {"Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'"}


def page_policy(scope: Scope) -> str:
    """Write the content security policy of the page and its scripts."""
    live = own_origin(scope).replace("http", "ws", 1)
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
        f"connect-src 'self' {live}; font-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
        "trusted-types svelte-trusted-html neurarium-worker"
    )


def guarded(send: Send, request_id: str) -> Send:
    """Add the headers to every answer, except where a route has set its own."""

    async def send_guarded(message: Message) -> None:
        if message["type"] in ("http.response.start", "websocket.http.response.start"):
            message.setdefault("headers", [])
            headers = MutableHeaders(scope=message)
            for name, value in EVERYWHERE.items():
                headers.setdefault(name, value)
            headers["X-Request-Id"] = request_id
        await send(message)

    return send_guarded
