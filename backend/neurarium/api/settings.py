"""What a server is told when it starts."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Shut:
    """Which doors guard the server. All of them; a test opens one to see that its attack then succeeds."""

    host: bool = True
    origin: bool = True
    table: bool = True
    principal: bool = True
    body: bool = True
    headers: bool = True
    rate: bool = True


@dataclass(frozen=True)
class Settings:
    """One server: where its data lies, who may reach it, and what trains."""

    data: Path
    host: str = "127.0.0.1"
    port: int = 8000
    names: frozenset[str] = frozenset()
    """Host names that it answers to, besides those of this computer."""
    link: str | None = None
    """What a page's address must carry (`?key=`) to be signed in from another computer."""
    workers: int = 1
    device: str = "auto"
    doors: Shut = field(default_factory=Shut)
