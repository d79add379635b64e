"""What a captured step depends on, as one short name."""

import json
from hashlib import blake2b

from neurarium.capture.document import Extent
from neurarium.training.job import Job

PARTS = ("graph", "task", "loss", "regulariser", "tampering", "precision")
"""What of a job decides which operations a step is made of, besides the number of its examples."""


SIZES = ("dataset", "batch")
"""What besides decides how many examples a minibatch has."""


def key_of(job: Job, extent: Extent, examples: int) -> str:
    """Name the document: what has the same key has the same operations."""
    return _digest(job, PARTS, extent, examples)


def needs_of(job: Job, extent: Extent) -> str:
    """Name all that the document follows from, where it is not known yet how many examples there are."""
    return _digest(job, (*PARTS, *SIZES), extent)


def _digest(job: Job, parts: tuple[str, ...], *more: str | int) -> str:
    words = job.model_dump(mode="json", include=set(parts))
    text = json.dumps([words, *more], sort_keys=True)
    return blake2b(text.encode(), digest_size=12).hexdigest()
