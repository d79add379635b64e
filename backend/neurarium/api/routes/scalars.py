"""A small network's graph number by number: from the run's job alone, so that it is there at once."""

from neurarium.api.problems import Refusal, documented
from neurarium.api.routes.depends import Named
from neurarium.api.routes.router import new_router
from neurarium.capture.scalar_graph import scalar_graph
from neurarium.capture.scalars import ScalarGraph, ScalarsError

router = new_router("runs", "/api/v1/runs/{run}")


@router.get("/graph/scalars", responses=documented("not-found", "probe-refused"))
def get_scalars(session: Named) -> ScalarGraph:
    """Write out one example's way through a small network: every weight, product, sum and slope, and the steps.

    The probe `scalars` has the numbers, in the order of this document.
    """
    try:
        return scalar_graph(session.job)
    except ScalarsError as problem:
        raise Refusal("probe-refused", str(problem)) from None
