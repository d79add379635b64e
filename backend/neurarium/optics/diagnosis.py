"""Fixed rules that say in one sentence how training goes. The first that holds is said; `docs/probes.md` lists them."""

import math
from dataclasses import dataclass

Values = dict[str, float | int | str]

RISEN = 2.0
"""The loss has grown so many times since the snapshot before: it runs away."""
EXPLAINED = 0.99
"""Share of the held-out targets' variance from which on numbers count as met."""
MOSTLY = 0.5
"""Share of a stage's values (saturated) or units (silent) that is too many."""
TOLERABLE = 0.05
"""Share of wrong answers, or of variance left over, up to which flat activations do no harm."""
STEEP = 1.25
"""How far above its limit curvature is too steep: right at the limit, full batches balance by themselves."""
FALLING = 0.1
STUCK = 0.01
"""Share of the loss that has gone since the snapshot before: falling, or not moving."""


@dataclass(frozen=True)
class Vitals:
    """All that the rules look at."""

    seed: int
    step: int
    parameters: int
    loss: float
    """Mean over the training examples."""
    finite: bool
    """Whether every parameter is."""
    count: int
    """Examples judged: those held out, or all if there are none."""
    wrong: int | None
    """None where answers are not right or wrong."""
    explained: float | None
    """Share of the variance of targets, where answers are numbers."""
    saturated: tuple[str, float]
    """The stage with the greatest share of values on the flat ends of its activation, and that share."""
    silent: tuple[str, int, int]
    """The stage with the greatest share of units that no training example moves, how many, and of how many."""
    sharpness: float | None
    limit: float | None
    before: tuple[int, float] | None
    """An earlier step, long enough ago, and the loss then."""

    @property
    def left(self) -> float:
        """Share that is not right yet."""
        if self.wrong is not None:
            return self.wrong / max(1, self.count)
        return 1.0 if self.explained is None else 1 - self.explained

    @property
    def fallen(self) -> float | None:
        """Share of the loss that has gone; negative if it has grown, None if nothing earlier is known."""
        if self.before is None or not math.isfinite(self.before[1]):
            return None
        return 1 - self.loss / self.before[1] if self.before[1] else 0.0


def diagnose(seen: Vitals) -> tuple[str, Values]:
    """Find the sentence and its values."""
    return _broken(seen) or _good(seen) or _ill(seen) or _under_way(seen)


def _broken(seen: Vitals) -> tuple[str, Values] | None:
    if not seen.finite or not math.isfinite(seen.loss):
        return "broken", {"step": seen.step}
    if seen.step == 0:
        return "untrained", {"seed": seen.seed, "parameters": seen.parameters}
    if (
        seen.before
        and seen.before[1]
        and seen.loss > RISEN * seen.before[1]
        and seen.left > TOLERABLE
    ):
        return "diverging", {"loss": seen.loss, "before": seen.before[1], "since": seen.before[0]}
    return None


def _good(seen: Vitals) -> tuple[str, Values] | None:
    if seen.wrong == 0 and seen.count:
        return "solved", {"count": seen.count, "saturated": seen.saturated[1]}
    if seen.explained is not None and seen.explained >= EXPLAINED:
        return "fitted", {"explained": seen.explained, "count": seen.count}
    return None


def _ill(seen: Vitals) -> tuple[str, Values] | None:
    node, share = seen.saturated
    if share > MOSTLY and seen.left > TOLERABLE:
        return "saturated", {"node": node, "share": share}
    node, silent, units = seen.silent
    if units and silent / units >= MOSTLY:
        return "silent", {"node": node, "silent": silent, "units": units}
    fallen = seen.fallen
    steep = (
        seen.sharpness is not None
        and seen.limit is not None
        and seen.sharpness > STEEP * seen.limit
    )
    if steep and (fallen is None or fallen < FALLING):
        return "steep", {"sharpness": seen.sharpness or 0.0, "limit": seen.limit or 0.0}
    if seen.before is not None and fallen is not None and fallen < STUCK:
        return "stuck", {
            "loss": seen.loss,
            "since": seen.before[0],
            "steps": seen.step - seen.before[0],
        }
    return None


def _under_way(seen: Vitals) -> tuple[str, Values]:
    if seen.wrong is not None:
        return "learning", {"wrong": seen.wrong, "count": seen.count, "loss": seen.loss}
    return "closing", {"explained": seen.explained or 0.0, "count": seen.count, "loss": seen.loss}
