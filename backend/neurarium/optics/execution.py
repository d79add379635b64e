"""Executing a captured step in passing: what each value comes to, and some of them in full."""

import math
from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from neurarium.capture.document import Capture
from neurarium.capture.execute import Execution
from neurarium.optics.examples import gather
from neurarium.probe import ProbeError
from neurarium.training.device import reseed
from neurarium.training.seed import derive

if TYPE_CHECKING:
    from neurarium.training.view import View

NUMBERS = ("mean", "rms", "low", "high")
Column = NDArray[np.floating]
Executed = tuple[dict[str, Column], dict[str, Tensor], float, int | None]
"""Four numbers for every value in the document's order; the values that were asked for; the loss; the example."""


def execute(
    view: "View", capture: Capture, wanted: Collection[str], example: int | None
) -> Executed:
    """Execute the next step as it will be taken: its examples, its random numbers, the weights as they are."""
    batch, shown = _batch(view, capture, example)
    network = view.network
    tensors = batch | dict(network.named_parameters()) | dict(network.named_buffers())
    reseed(next(network.parameters()).device, derive(view.job.seed, "dropout", view.step))
    found: dict[str, Tensor] = {}

    def hear(id_: str, tensor: Tensor) -> None:
        found[id_] = _numbers(tensor)

    execution = Execution(capture, tensors, keep={*wanted, capture.loss}, told=hear)
    execution.advance()
    columns = torch.stack([found[value.id] for value in capture.values]).cpu().numpy()
    numbers = {name: columns[:, place] for place, name in enumerate(NUMBERS)}
    full = {id_: execution.values[id_].double().cpu() for id_ in wanted}
    return numbers, full, float(execution.loss), shown


def summary(tensor: Tensor, bins: int) -> tuple[Column, float, float]:
    """Count finite numbers in equal bins between the least and the greatest of them."""
    finite = tensor[torch.isfinite(tensor)].numpy()
    lo, hi = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
    counts, _ = np.histogram(finite, bins, (lo, hi) if lo < hi else (lo - 0.5, lo + 0.5))
    return counts.astype(np.float64), lo, hi


def _numbers(tensor: Tensor) -> Tensor:
    """Mean, root mean square, least and greatest; not a number where there is none."""
    if not tensor.numel():
        return tensor.new_full((len(NUMBERS),), math.nan, dtype=torch.float32)
    real = tensor if tensor.is_floating_point() else tensor.to(torch.float32)
    low, high = torch.aminmax(real)
    size = torch.linalg.vector_norm(real) / math.sqrt(tensor.numel())
    return torch.stack([real.mean(), size, low, high]).to(torch.float32)


def _batch(
    view: "View", capture: Capture, example: int | None
) -> tuple[dict[str, Tensor], int | None]:
    """Take the pinned example, or the minibatch that comes next."""
    if capture.extent == "example":
        everything = gather(view.examples)
        row = everything.row(example)
        batch = view.inputs(everything.pick(slice(row, row + 1)))
        return batch, int(everything.ids[row])
    if view.upcoming is None:
        raise ProbeError("It is not known here which examples the next step sees.")
    return view.upcoming(capture.examples).tensors, None
