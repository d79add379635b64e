"""What a first visit sees at once."""

from fastapi import APIRouter

from neurarium.api.problems import BODY, documented
from neurarium.api.routes.depends import Table
from neurarium.api.run import Run, describe

router = APIRouter(prefix="/api/v1", tags=["runs"])


@router.post("/demo", responses=documented(*BODY, "unavailable"))
async def start_demo(table: Table) -> Run:
    """Show the run that all first visits share: the one that plays, or a fresh one."""
    return describe(await table.demo())
