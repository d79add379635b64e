"""What can be said of a network before it is built."""

from fastapi import APIRouter

from neurarium.api.problems import BODY, documented
from neurarium_models.graph import AnyGraph
from neurarium_models.inspect import Inspection, inspect

router = APIRouter(prefix="/api/v1", tags=["inspect"])


@router.post("/inspect", responses=documented(*BODY))
async def inspect_graph(graph: AnyGraph) -> Inspection:
    """Say shapes, parameters, operations and memory of every node, and what is wrong with the network.

    Nothing is built or allocated: networks of any size are answered at once.
    """
    return inspect(graph)
