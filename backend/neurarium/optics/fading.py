"""Fixed rules that say how gradients come through the depth of a network, and why; `docs/probes.md` lists them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from neurarium.optics.diagnosis import MOSTLY, Values
from neurarium.optics.retaken import Moment

FADED = 0.01
"""Share of the last stage's gradient, number by number, that the first gets, below which it has vanished."""
GROWN = 100.0
"""How many times a stage's weights its gradient is when it explodes."""
HUGE = 0.5
"""Share of its weights by which one step moves a stage when the learning rate is too large."""
FLAT = 0.5
"""Slope that an activation never exceeds, below which it alone makes gradients vanish: 1/4 for the sigmoid."""
SMALL, LARGE = 0.5, 2.0
"""What weights make of a gradient on its way back, on average, below and above which they are to blame."""


@dataclass(frozen=True)
class Depth:
    """All that the rules look at; lists are in the order of the stages."""

    nodes: Sequence[str]
    units: Sequence[int]
    numbers: Sequence[int]
    """How many numbers each stage learns."""
    steepest: Sequence[float]
    """The greatest slope of each stage's activation; 1 where it has none."""
    gains: Sequence[float]
    """How much the weights of each stage stretch a gradient on its way back, on average."""
    moments: Sequence[Moment]
    lr: float
    tampered: bool

    def size(self, moment: Moment, stage: int) -> float:
        """Say how large a gradient is, number by number."""
        return moment.gradients[stage] / math.sqrt(self.numbers[stage])

    def factor(self, moment: Moment) -> float:
        """Compare the first stage's gradient with the last one's."""
        last = self.size(moment, -1)
        return self.size(moment, 0) / last if last else 1.0


def judge(depth: Depth) -> tuple[str, Values]:
    """Find the sentence and its values."""
    now = depth.moments[-1]
    if not all(map(math.isfinite, (*now.gradients, *now.ratios))):
        return "broken", {"step": now.step}
    if not any(now.gradients):
        return "none", {"step": now.step}
    moved = max(range(len(depth.nodes)), key=lambda stage: now.ratios[stage])
    if now.ratios[moved] > HUGE:
        since = _since(depth, [max(each.ratios) > HUGE for each in depth.moments])
        ratio = now.ratios[moved]
        return "steps", {"node": depth.nodes[moved], "ratio": ratio, "lr": depth.lr, "since": since}
    if len(depth.nodes) == 1:
        return "one", {"node": depth.nodes[0], "ratio": now.ratios[0]}
    return _faded(depth, now) or _grown(depth, now) or _even(depth, now, moved)


def _faded(depth: Depth, now: Moment) -> tuple[str, Values] | None:
    factors = [depth.factor(each) for each in depth.moments]
    if factors[-1] >= FADED:
        return None
    since = _since(depth, [factor < FADED for factor in factors])
    return _vanished(depth, now, _ends(depth, now) | {"since": since})


def _grown(depth: Depth, now: Moment) -> tuple[str, Values] | None:
    """Find a gradient that dwarfs its weights; its cause: large weights, or unknown."""
    grown = max(range(len(depth.nodes)), key=lambda stage: _beside(now, stage))
    if _beside(now, grown) <= GROWN:
        return None
    since = _since(depth, [_beside(each, grown) > GROWN for each in depth.moments])
    told: Values = {"node": depth.nodes[grown], "size": _beside(now, grown), "since": since}
    gain = _mean(depth.gains[1:])
    return ("large", told | {"gain": gain}) if gain > LARGE else ("grows", told)


def _even(depth: Depth, now: Moment, moved: int) -> tuple[str, Values]:
    return "even", _ends(depth, now) | {"node": depth.nodes[moved], "ratio": now.ratios[moved]}


def _ends(depth: Depth, now: Moment) -> Values:
    return {"first": depth.nodes[0], "last": depth.nodes[-1], "factor": depth.factor(now)}


def _since(depth: Depth, holds: Sequence[bool]) -> int:
    """Say from which moment on something has held without a break."""
    since = depth.moments[-1].step
    for moment, held in zip(reversed(depth.moments), reversed(holds), strict=True):
        if not held:
            break
        since = moment.step
    return since


def _vanished(depth: Depth, now: Moment, ends: Values) -> tuple[str, Values]:
    """Name the cause: cut, dead or saturated units, flat activations, small weights, or depth alone."""
    stages = range(len(depth.nodes))
    if not now.gradients[0] and depth.tampered:
        return "cut", {"first": ends["first"], "since": ends["since"]}
    dead = max(stages, key=lambda stage: now.silent[stage])
    if now.silent[dead] >= MOSTLY:
        units = depth.units[dead]
        silent = round(now.silent[dead] * units)
        return "dead", ends | {"node": depth.nodes[dead], "silent": silent, "units": units}
    flat = max(stages, key=lambda stage: now.saturated[stage])
    if now.saturated[flat] > MOSTLY:
        return "saturated", ends | {"node": depth.nodes[flat], "share": now.saturated[flat]}
    slopes = [slope for slope in depth.steepest[:-1] if slope < FLAT]
    if len(slopes) > 1:
        return "slopes", ends | {"stages": len(slopes), "steepest": max(slopes)}
    gain = _mean(depth.gains[1:])
    if gain < SMALL:
        return "small", ends | {"gain": gain}
    return "fades", ends | _each(depth, ends)


def _beside(moment: Moment, stage: int) -> float:
    """Compare a gradient with the weights that it is to move."""
    return moment.gradients[stage] / moment.weights[stage] if moment.weights[stage] else 0.0


def _each(depth: Depth, ends: Values) -> Values:
    """Say what each stage makes of a gradient, if all do the same."""
    stages = len(depth.nodes) - 1
    return {"stages": stages, "each": float(ends["factor"]) ** (1 / stages)}


def _mean(values: Sequence[float]) -> float:
    """Average factors: the root of their product."""
    return math.exp(sum(math.log(max(value, 1e-30)) for value in values) / len(values))
