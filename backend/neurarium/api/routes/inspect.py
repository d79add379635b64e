"""What can be said of a network before it is built."""

from pydantic import BaseModel, ConfigDict, Field

from neurarium.api.problems import BODY, documented
from neurarium.api.routes.router import new_router
from neurarium_models.difference import GraphDifference, graph_difference
from neurarium_models.graph import AnyGraph
from neurarium_models.inspect import Inspection, inspect

router = new_router("inspect", "/api/v1")


class TwoGraphs(BaseModel):
    """Two networks to be compared."""

    model_config = ConfigDict(extra="forbid")
    before: AnyGraph = Field(description="The first network.")
    after: AnyGraph = Field(description="The second network.")


@router.post("/inspect", responses=documented(*BODY))
def inspect_graph(graph: AnyGraph) -> Inspection:
    """Say shapes, parameters, operations and memory of every node, and what is wrong with the network.

    Nothing is built or allocated: networks of any size are answered at once.
    """
    # Not `async`: in a thread, a network with very many connections keeps nobody else waiting.
    return inspect(graph)


@router.post("/graph/difference", responses=documented(*BODY))
def compare_graphs(graphs: TwoGraphs) -> GraphDifference:
    """Say in what two networks differ: by node, in settings, shapes and numbers. Nothing is built or allocated."""
    return graph_difference(graphs.before, graphs.after)
