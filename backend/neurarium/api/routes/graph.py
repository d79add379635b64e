"""Editing a network: what fits where, and what a run would keep."""

from fastapi import Response
from pydantic import BaseModel, ConfigDict, Field

from neurarium.api.problems import BODY, documented
from neurarium.api.routes.depends import Named
from neurarium.api.routes.router import new_router
from neurarium.api.run import Answer
from neurarium.capture.document import Capture, Extent
from neurarium.training.check import (
    MAXIMUM_MEMORY,
    MAXIMUM_PARAMETERS,
    JobError,
    check_job,
    weigh,
)
from neurarium.training.command import EditGraph
from neurarium.training.edited import edited
from neurarium.training.forecast import TensorForecast, forecast
from neurarium.training.job import Job
from neurarium_models.graph import AnyGraph
from neurarium_models.inspect import Inspection, inspect
from neurarium_models.offer import Offer, offers
from neurarium_models.tensor import TensorSpec

router = new_router("graph", "/api/v1")


class Opening(BaseModel):
    """What flows where a layer is to be put."""

    model_config = ConfigDict(extra="forbid")
    spec: TensorSpec = Field(description="What flows there, one example of it.")


class OfferList(Answer):
    """Every kind of layer."""

    offers: list[Offer]


class Need(Answer):
    """What a run would take, beside what is granted to it."""

    parameters: int = Field(description="Numbers that would be learned.")
    most_parameters: int = Field(description="As many can be trained here.")
    memory: int | None = Field(
        description="Bytes at the moment when most are taken; none: that cannot be said."
    )
    most_memory: int = Field(description="Bytes that a run may take.")
    moment: str | None = Field(description="When that is: `a batch of 16 is learned`.")


class GraphPlan(Answer):
    """What would become of everything that a run has learned."""

    problem: str | None = Field(
        description="Why the run could not go on with this network; none: it could."
    )
    node: str | None = Field(description="Where in the network, if it is there.")
    remedy: dict[str, int | str] | None = Field(
        default=None, description="Settings of that node with which it could."
    )
    need: Need
    tensors: list[TensorForecast] = Field(
        description="Every learned tensor; empty where the run could not go on."
    )


@router.post("/graph/offers", responses=documented(*BODY))
def offer_layers(opening: Opening) -> OfferList:
    """Say which layers fit onto a wire, with which settings, and why the others do not."""
    return OfferList(offers=offers(opening.spec))


@router.post("/runs/{run}/graph/plan", responses=documented("not-found", *BODY))
def plan_graph(session: Named, graph: AnyGraph) -> GraphPlan:
    """Say what a run would keep if it went on with another network: tensor by tensor, from shapes alone.

    Nothing is changed. The command `graph` does it.
    """
    # Not `async`: in a thread, a large network keeps nobody else waiting.
    job = session.job
    then = edited(job, EditGraph(graph=graph))
    inspection = inspect(then.graph)
    need = _need(then, inspection)
    try:
        check_job(then, inspection)
    except JobError as problem:
        node, remedy = problem.node, problem.remedy
        return GraphPlan(problem=str(problem), node=node, remedy=remedy, need=need, tensors=[])
    return GraphPlan(problem=None, node=None, need=need, tensors=forecast(job.graph, then.graph))


def _need(job: Job, inspection: Inspection) -> Need:
    budget = weigh(job, inspection)
    return Need(
        parameters=inspection.parameters,
        most_parameters=MAXIMUM_PARAMETERS,
        memory=budget and budget.total,
        most_memory=MAXIMUM_MEMORY,
        moment=budget and budget.moment,
    )


@router.get(
    "/runs/{run}/graph",
    response_model=Capture,
    responses=documented("not-found", "probe-refused", "busy", "unavailable"),
)
async def capture_graph(session: Named, extent: Extent = "minibatch") -> Response:
    """Capture the computational graph of the run's next step, forward and on the way back: all that torch computes.

    It is worked out beside the run, once for each network, loss and regulariser, and takes seconds the first time.
    """
    return Response(await session.captures.get(extent), media_type="application/json")
