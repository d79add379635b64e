"""What steps tell: one of them, or many that were taken at one stroke."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Curve = NDArray[np.float64]


class Report(NamedTuple):
    """What one step tells."""

    step: int
    """Steps taken, this one included."""
    epoch: float
    """Epochs passed, with the part of the one under way."""
    loss: float
    """Mean over the minibatch before the step, without the penalty."""
    penalty: float
    lr: float
    evaluation: dict[str, float] | None
    """Whole sets after the step (`train_loss`, `validation_accuracy`, ...), at those steps where they are looked at."""


class Reports(NamedTuple):
    """What steps one after the other tell, each as in `Report`."""

    first: int
    """The number of the first of them."""
    epoch: float
    """After the last."""
    loss: Curve
    penalty: Curve
    lr: Curve
    evaluation: dict[str, float] | None
    """After the last."""

    @classmethod
    def of(cls, report: Report) -> "Reports":
        """Make one step many."""
        loss, penalty, lr = (np.array([value]) for value in report[2:5])
        return cls(report.step, report.epoch, loss, penalty, lr, report.evaluation)

    @property
    def step(self) -> int:
        """Steps taken, all of these included."""
        return self.first + len(self.loss) - 1
