"""Fixed rules that say in one sentence how training goes. The first that holds is said; `docs/probes.md` lists them."""

import math
from dataclasses import dataclass

Values = dict[str, float | int | str]

RISEN = 2.0
"""How many times the greatest earlier loss the loss is when it runs away."""
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
"""Share of the least earlier loss that has gone: falling, or not moving."""


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
    before: tuple[tuple[int, float], ...]
    """Some earlier steps, long enough ago and the oldest first, with the loss then."""
    given: bool = False
    """Whether the weights were taken from elsewhere."""

    @property
    def left(self) -> float:
        """Share that is not right yet."""
        if self.wrong is not None:
            return self.wrong / max(1, self.count)
        return 1.0 if self.explained is None else 1 - self.explained

    @property
    def fallen(self) -> float:
        """Share of the least earlier loss that has gone since; negative if the loss is above it."""
        least = min((loss for _, loss in self.before if math.isfinite(loss)), default=math.inf)
        return 1 - self.loss / least if least > 0 else 0.0


def diagnose(seen: Vitals) -> tuple[str, Values]:
    """Find the sentence and its values."""
    return _broken(seen) or _good(seen) or _ill(seen) or _under_way(seen)


def _broken(seen: Vitals) -> tuple[str, Values] | None:
    if not seen.finite or not math.isfinite(seen.loss):
        return "broken", {"step": seen.step}
    if seen.step == 0 and seen.given:
        return "given", {"parameters": seen.parameters}
    if seen.step == 0:
        return "untrained", {"seed": seen.seed, "parameters": seen.parameters}
    losses = [loss for _, loss in seen.before]
    if losses and seen.loss > RISEN * max(losses) and seen.left > TOLERABLE:
        return "diverging", {"loss": seen.loss, "before": losses[-1], "since": seen.before[-1][0]}
    return None


def _good(seen: Vitals) -> tuple[str, Values] | None:
    if seen.wrong == 0 and seen.count:
        return "solved", {"count": seen.count, "saturated": seen.saturated[1]}
    if seen.explained is not None and seen.explained >= EXPLAINED:
        return "fitted", {"explained": seen.explained, "count": seen.count}
    if seen.loss == 0 and seen.wrong is not None:
        return "settled", {"wrong": seen.wrong, "count": seen.count}
    return None


def _ill(seen: Vitals) -> tuple[str, Values] | None:
    node, share = seen.saturated
    if share > MOSTLY and seen.left > TOLERABLE:
        return "saturated", {"node": node, "share": share}
    node, silent, units = seen.silent
    if units and silent / units >= MOSTLY:
        return "silent", {"node": node, "silent": silent, "units": units}
    sharpness, limit = seen.sharpness, seen.limit
    steep = sharpness is not None and limit is not None and sharpness > STEEP * limit
    if steep and (not seen.before or seen.fallen < FALLING):
        return "steep", {"sharpness": sharpness or 0.0, "limit": limit or 0.0}
    if seen.before and seen.fallen < STUCK and seen.left > TOLERABLE:
        since = seen.before[0][0]
        return "stuck", {"loss": seen.loss, "since": since, "steps": seen.step - since}
    return None


def _under_way(seen: Vitals) -> tuple[str, Values]:
    if seen.wrong is not None:
        return "learning", {"wrong": seen.wrong, "count": seen.count, "loss": seen.loss}
    return "closing", {"explained": seen.explained or 0.0, "count": seen.count, "loss": seen.loss}
