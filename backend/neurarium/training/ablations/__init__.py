"""The shelf of ablations: one thing to be done otherwise, one file."""

from typing import TYPE_CHECKING

from neurarium.training.ablation import Ablation
from neurarium.training.check import JobError, check_job
from neurarium.training.job import Job
from neurarium_models.shelf import discover, one_of

ABLATIONS = discover(__name__, Ablation)
"""Every kind, by its name."""

if TYPE_CHECKING:
    AnyAblation = Ablation
else:
    AnyAblation = one_of(ABLATIONS)


def offered(job: Job) -> list[Ablation]:
    """List everything that can be done otherwise in a job, such that it can still be trained."""
    found = [ablation for kind in ABLATIONS.values() for ablation in kind.offered(job)]
    return [ablation for ablation in found if _trains(ablation.apply(job))]


def _trains(job: Job) -> bool:
    try:
        check_job(job)
    except JobError:
        return False
    return True
