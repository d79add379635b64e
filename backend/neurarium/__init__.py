"""Neural networks that train live: data, training, sessions and the web service."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from neurarium.client import Client

__all__ = ["Client"]


def __getattr__(name: str) -> Any:
    """Load the client when it is asked for: workers import this package, too, and need no HTTP."""
    if name == "Client":
        from neurarium.client import Client

        return Client
    raise AttributeError(name)
