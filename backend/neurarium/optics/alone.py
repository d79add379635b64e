"""How many held-out sentences are right when a network hears its own words, and when it is told the right ones."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from neurarium.optics.passes import SENTENCES, Tensors, evaluating, losses, numbers, see
from neurarium.optics.quality import held_out
from neurarium.probe import ProbeError
from neurarium.saying import Telling
from neurarium.training.trimming import trimmed
from neurarium.training.view import View


@dataclass(frozen=True, eq=False)
class Sayings:
    """Of each example, by row: whether all words are right, by itself and with the right words told; and its loss."""

    ids: NDArray[np.int64]
    own: NDArray[np.bool_]
    told: NDArray[np.bool_]
    loss: NDArray[np.float64]


def listen(view: View, most: int) -> Sayings:
    """Let the network say at most so many held-out sentences, always with the likeliest word."""
    task = view.job.task
    if not isinstance(task, Telling):
        raise ProbeError(
            "Sentences are said word after word by runs that translate or caption; "
            f"the task here is {task.title}."
        )
    everything, rows = held_out(view, most)
    found = []
    for start in range(0, len(rows), SENTENCES):
        part = everything.pick(rows[start : start + SENTENCES])
        found.append(_listened(view, task, trimmed(view.inputs(part), view.network)))
    own, told, loss = (np.concatenate(columns) for columns in zip(*found, strict=True))
    return Sayings(everything.ids[rows], own, told, loss)


def _listened(
    view: View, task: Telling, batch: Tensors
) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.float64]]:
    outputs, _ = see(view, batch)
    with torch.no_grad():
        told = task.metrics(outputs, batch)["accuracy"] > 0.5
        loss = losses(view, outputs, batch)
    with evaluating(view.network):
        steps = task.generate(view.network, batch, view.job.loss.probabilities, 0)
        said = torch.stack([step["answer"] for step in steps], 1)
    return (
        numbers(_agree(said, batch)).astype(bool),
        numbers(told).astype(bool),
        numbers(loss).astype(np.float64),
    )


def _agree(said: Tensor, batch: Tensors) -> Tensor:
    """Say of which sentences all real words are right, the end among them."""
    truth = batch["target"][:, 1:]
    mask = batch.get("target_mask")
    real = torch.ones_like(truth, dtype=torch.bool) if mask is None else mask[:, 1:]
    missing = max(0, truth.shape[1] - said.shape[1])
    padded = torch.nn.functional.pad(said, (0, missing), value=-1)[:, : truth.shape[1]]
    return ((padded == truth) | ~real).all(-1)
