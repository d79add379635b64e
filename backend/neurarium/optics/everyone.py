"""What comes out at some places of the network, for every example of the run."""

from collections.abc import Collection

import torch

from neurarium.optics.answers import CHUNK
from neurarium.optics.examples import gather
from neurarium.optics.passes import Tensors, see
from neurarium.training.view import View


def watch(view: View, paths: Collection[str]) -> Tensors:
    """Send all examples through, in the order of every probe, and keep what comes out at these paths."""
    everything = gather(view.examples)
    parts = [
        see(view, view.inputs(everything.pick(slice(start, start + CHUNK))), paths)[1]
        for start in range(0, len(everything), CHUNK)
    ]
    return {path: torch.cat([part[path] for part in parts]) for path in parts[0]}
