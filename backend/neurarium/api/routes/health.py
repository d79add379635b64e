"""Is the server alive, and can it train?"""

from typing import Literal

from neurarium.api.problems import Refusal, documented
from neurarium.api.routes.depends import Table
from neurarium.api.routes.router import new_router
from neurarium.api.run import Answer

router = new_router("health")


class Alive(Answer):
    """The server is alive."""

    status: Literal["ok"] = "ok"


class Readiness(Answer):
    """The server can train."""

    status: Literal["ready"] = "ready"
    device: str


@router.get("/healthz", responses=documented())
async def healthz() -> Alive:
    """Say that the web process answers."""
    return Alive()


@router.get("/readyz", responses=documented("unavailable"))
async def readyz(table: Table) -> Readiness:
    """Say whether a worker is ready to train; 503 until one is."""
    if not table.ready:
        raise Refusal("unavailable")
    return Readiness(device=table.device)
