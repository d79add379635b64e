"""How well the network does on held-out examples, each by itself, by the task's own measures."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from neurarium.optics.examples import Gathering, gather
from neurarium.optics.passes import SENTENCES, numbers, see
from neurarium.probe import ProbeError
from neurarium.training.trimming import lengths, trimmed
from neurarium.training.view import View


@dataclass(frozen=True, eq=False)
class Quality:
    """Measures of some examples: `accuracy` (1 right, 0 wrong), of sequences also `token_accuracy` (a share)."""

    rows: NDArray[np.int64]
    """Which they are, by their place in the order of every probe."""
    measures: dict[str, NDArray[np.float64]]

    def mean(self, name: str) -> float:
        """Average a measure."""
        return float(self.measures[name].mean())


def held_out(view: View, most: int) -> tuple[Gathering, NDArray[np.int64]]:
    """Pick at most so many held-out examples, evenly; of all examples, where none are held out."""
    everything = gather(view.examples)
    rows = np.flatnonzero(everything.held_out)
    rows = rows if len(rows) else np.arange(len(everything))
    if not len(rows):
        raise ProbeError("There are no examples to measure with.")
    places = np.linspace(0, len(rows) - 1, min(len(rows), most)).round().astype(np.int64)
    return everything, rows[places]


def measure(view: View, most: int) -> Quality:
    """Let the network answer some held-out examples, in sentences with the right words told so far."""
    everything, rows = held_out(view, most)
    length = lengths(everything.arrays)
    if length is not None:  # those of similar length together
        rows = rows[np.argsort(length[rows], kind="stable")]
    found: list[dict[str, NDArray[np.float64]]] = []
    for start in range(0, len(rows), SENTENCES):
        part = everything.pick(rows[start : start + SENTENCES])
        batch = trimmed(view.inputs(part), view.network)
        outputs, _ = see(view, batch)
        with torch.no_grad():
            told = view.job.task.metrics(outputs, batch)
        found.append({name: numbers(each).astype(np.float64) for name, each in told.items()})
    measures = {name: np.concatenate([part[name] for part in found]) for name in found[0]}
    if "accuracy" not in measures:
        raise ProbeError("Answers here are more or less near, not right or wrong.")
    return Quality(rows, measures)
