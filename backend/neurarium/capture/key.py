"""What a captured step depends on, as one short name."""

import json
from hashlib import blake2b

from neurarium.capture.document import Extent
from neurarium.training.job import Job

PARTS = ("graph", "task", "loss", "regulariser", "tampering", "precision")
"""What of a job decides which operations a step is made of, besides the number of its examples."""


def key_of(job: Job, extent: Extent, examples: int) -> str:
    """Name the document: what has the same key has the same operations."""
    words = {name: part for name, part in job.model_dump(mode="json").items() if name in PARTS}
    text = json.dumps([words, extent, examples], sort_keys=True)
    return blake2b(text.encode(), digest_size=12).hexdigest()
