"""How training goes."""

import math
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from neurarium.probe import Frame, Picture, Probe, amounts, shares

if TYPE_CHECKING:
    from torch import Tensor

    from neurarium.optics.stage import Stage
    from neurarium.training.view import View

AXES = ("S",)


class Health(Probe):
    """How training goes, in one diagnosis by fixed rules, and the numbers behind it for every stage that learns."""

    kind: Literal["health"] = "health"
    rate: ClassVar = 2.0
    observes_step: ClassVar = True
    curvature: int | None = Field(
        default=0,
        ge=0,
        le=2**31,
        description="Steps after which curvature is measured anew; 0: at every look; none: never.",
    )
    says: ClassVar = {
        "broken": ("step",),
        "untrained": ("seed", "parameters"),
        "given": ("parameters",),
        "diverging": ("loss", "before", "since"),
        "solved": ("count", "saturated"),
        "fitted": ("explained", "count"),
        "settled": ("wrong", "count"),
        "saturated": ("node", "share"),
        "silent": ("node", "silent", "units"),
        "steep": ("sharpness", "limit"),
        "stuck": ("loss", "since", "steps"),
        "learning": ("wrong", "count", "loss"),
        "closing": ("explained", "count", "loss"),
    }

    def look(self, view: "View") -> Frame:
        """Measure every stage on the training examples, then apply the rules."""
        from neurarium.optics.activity import activity
        from neurarium.optics.curvature import limit, measured
        from neurarium.optics.diagnosis import diagnose
        from neurarium.optics.stage import stages
        from neurarium.optics.vitals import vitals

        learning = [stage for stage in stages(view.network) if stage.parameters]
        active = activity(view, learning)
        found = None if self.curvature is None else measured(view, self.curvature)
        bound = limit(view.job.optimizer)
        sentence, values = diagnose(
            vitals(view, active, None if found is None else found.value, bound)
        )
        alive = [active[stage.path] for stage in learning]
        saturated = [stage.saturated for stage in alive]
        silent = [stage.silent / stage.units for stage in alive]
        pictures = [
            *_step(view, learning),
            shares("saturated", "", AXES, np.array(saturated)),
            shares("silent", "", AXES, np.array(silent)),
        ]
        details: dict[str, Any] = {
            "nodes": [stage.path for stage in learning],
            "units": [stage.units for stage in alive],
            "limit": bound,
            "sharpness": None if found is None else found.value,
            "eigenvalue": None if found is None else found.eigenvalue,
            "examples": 0 if found is None else found.examples,
            "measured": None if found is None else found.step,
            "products": 0 if found is None else found.products,
        }
        return Frame(view.step, tuple(pictures), self.say(sentence, **values), details=details)


def _step(view: "View", learning: "list[Stage]") -> list[Picture]:
    """Compare the step that led here with the weights it met; nothing if it was not observed."""
    from neurarium.optics.stage import learned

    seen = view.observation
    if seen is None:
        return []
    ratios, slopes = [], []
    for stage in learning:
        paths = learned(view.network, stage)
        updates = [seen.updates[path] for path in paths]
        now = [view.network.get_parameter(path).detach() for path in paths]
        weights = _norm([value - update for value, update in zip(now, updates, strict=True)])
        ratios.append(_norm(updates) / weights if weights else 0.0)
        slopes.append(_norm([seen.gradients[path] for path in paths]))
    return [
        amounts("ratio", "", AXES, np.array(ratios)),
        amounts("grad_norm", "", AXES, np.array(slopes)),
    ]


def _norm(parts: "list[Tensor]") -> float:
    return math.hypot(*(float(part.norm()) for part in parts))
