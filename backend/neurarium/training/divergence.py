"""When a run leaves the finite numbers: where that began, and what would help."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from neurarium_models.network import Network

REMEDY = 4.0
"""The suggested learning rate is this many times smaller: two notches on the page's scale."""


@dataclass(frozen=True)
class Cause:
    """The first place, in the order of computation, where a number is not finite."""

    kind: Literal["parameter", "output", "loss"]
    node: str = ""
    """Path of the node; empty: every node is finite, but the loss of its outputs is not."""


class Diverged(ArithmeticError):  # noqa: N818 - what happened to a run, which goes on from where it stands
    """Loss or penalty are not finite. The step was not taken; the run stands at `step`."""

    def __init__(self, step: int, cause: Cause, lr: float) -> None:
        """Keep where and why, and a learning rate to try instead."""
        where = f"at `{cause.node}`" if cause.node else "in the loss"
        super().__init__(
            f"After step {step} the numbers are no longer finite, first {where}. "
            f"The learning rate is {lr:.4g}; try {lr / REMEDY:.4g}."
        )
        self.step = step
        self.cause = cause
        self.lr = lr

    @property
    def key(self) -> str:
        """Key of the sentence: `diverged.parameter`, `diverged.output`, `diverged.loss`."""
        return f"diverged.{self.cause.kind}"

    @property
    def values(self) -> dict[str, float | int | str]:
        """Numbers and names for the sentence; `step` is the last good one."""
        return {
            "step": self.step,
            "node": self.cause.node,
            "lr": self.lr,
            "suggested": self.lr / REMEDY,
        }


def find_cause(network: Network, batch: Mapping[str, Tensor]) -> Cause:
    """Search parameters, then outputs, from the input to the loss."""
    broken = {
        name.rpartition(".")[0] for name, value in network.named_parameters() if not _finite(value)
    }
    paths = [place.path for place in network.places]
    for path in paths:
        if path in broken or any(holder.startswith(f"{path}.") for holder in broken):
            return Cause("parameter", path)
    network.eval()  # what layers note down in training would be spoilt
    with torch.no_grad():
        _, values = network.tapped(batch, paths)
    for path in paths:
        if not _finite(values[path]):
            return Cause("output", path)
    return Cause("loss")


def is_finite(network: Network) -> bool:
    """Say whether all parameters and buffers are finite."""
    return all(_finite(value) for value in (*network.parameters(), *network.buffers()))


def _finite(value: Tensor) -> bool:
    return bool(torch.isfinite(value).all())
