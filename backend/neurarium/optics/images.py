"""Examples that are images, as they are drawn: one byte a pixel."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from neurarium.optics.examples import Gathering
from neurarium.probe import Picture, shares
from neurarium.training.view import View
from neurarium_models.tensor import TensorSpec

MOST = 64
"""Images that a frame carries."""


def images(
    view: View, everything: Gathering, rows: NDArray[np.int64] | None, most: int = MOST
) -> list[Picture]:
    """Show some examples by every input that is an image, N × C × H × W from 0 to 1; nothing where there is none."""
    inputs: Mapping[str, TensorSpec] = view.job.graph.inputs
    if rows is None or not len(rows):
        return []
    return [
        shares("image", name, ("N", *spec.axes), everything.arrays[name][rows[:most]], "uint8")
        for name, spec in inputs.items()
        if spec.axes[-2:] == ("H", "W") and everything.arrays[name].dtype.kind == "f"
    ]
