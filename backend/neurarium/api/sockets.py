"""The WebSocket protocol of the server: uvicorn's, but it can drop a peer that takes nothing any more."""

from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from neurarium.api.live import ABORT


class SocketProtocol(WebSocketsSansIOProtocol):
    """A socket whose buffer is full cannot be closed in good order, as the close would wait behind what is in it."""

    def handle_connect(self, event: Any) -> None:
        """Offer the application a way to drop the connection."""
        super().handle_connect(event)
        if hasattr(self, "scope"):
            extensions: dict[Any, Any] = self.scope["extensions"]
            extensions[ABORT] = self.transport.abort

    def handle_ping(self) -> None:
        """Answer a ping, unless so many answers wait already that the peer does not read them."""
        if self.writable.is_set():
            super().handle_ping()
        else:
            self.transport.abort()
