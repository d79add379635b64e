"""What a run takes from torch's allocator at its peak, as torch's own profiler sees it: kernels' scratch space too."""

import gc
from collections.abc import Sequence
from contextlib import suppress

from torch.profiler import ProfilerActivity, profile, record_function

from neurarium.training.divergence import Diverged
from neurarium.training.job import Job
from neurarium.training.run import Run

MARK = "one run"
STEPS = 2
"""The second has all that the optimiser remembers."""


def peaks(jobs: Sequence[Job]) -> list[int]:
    """Begin each job, take two steps with its own batch and evaluate; say the most bytes that were taken at once."""
    gc.collect()
    gc.freeze()  # what other tests left behind is not the garbage of these
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as seen:
        for job in jobs:
            with record_function(MARK):
                _live(job)
                gc.collect()
    found: list[int] = []
    now = before = 0
    for event in sorted(seen.profiler.kineto_results.events(), key=lambda event: event.start_ns()):
        if event.name() == MARK:
            found.append(0)
            before = now
        elif event.name() == "[memory]" and found:
            now += event.nbytes()
            found[-1] = max(found[-1], now - before)
    return found


def _live(job: Job) -> None:
    run = Run(job)
    with suppress(Diverged):  # the backward pass is over by then
        for _ in range(STEPS):
            run.take()
    run.evaluate()
