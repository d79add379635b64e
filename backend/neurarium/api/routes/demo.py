"""What a first visit sees at once."""

from neurarium.api.problems import BODY, documented
from neurarium.api.routes.depends import Table
from neurarium.api.routes.router import new_router
from neurarium.api.run import Run, describe

router = new_router("runs", "/api/v1")


@router.post("/demo", responses=documented(*BODY, "unavailable"))
async def start_demo(table: Table) -> Run:
    """Show the run that all first visits share: the one that plays, or a fresh one."""
    return describe(await table.demo())
