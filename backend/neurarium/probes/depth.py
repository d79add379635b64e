"""How gradients come through the depth of a network, step after step."""

import math
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from neurarium.probe import Frame, Probe, ProbeError, amounts, marks, shares
from neurarium_models.tensor import unit_axis

if TYPE_CHECKING:
    from neurarium.optics.stage import Stage
    from neurarium.training.view import View
    from neurarium_models.network import Network

AXES = ("P", "S")


class Depth(Probe):
    """How gradients come through the depth: how large they are, how far they move each stage, which units are deaf.

    All over time, at steps of the past that are taken again. Gradients that vanish or explode are named with the cause.
    """

    kind: Literal["depth"] = "depth"
    rate: ClassVar = 1.0
    observes_step: ClassVar = True
    says: ClassVar = {
        "broken": ("step",),
        "none": ("step",),
        "steps": ("node", "ratio", "lr", "since"),
        "one": ("node", "ratio"),
        "cut": ("first", "since"),
        "dead": ("first", "last", "factor", "since", "node", "silent", "units"),
        "saturated": ("first", "last", "factor", "since", "node", "share"),
        "slopes": ("first", "last", "factor", "since", "stages", "steepest"),
        "small": ("first", "last", "factor", "since", "gain"),
        "fades": ("first", "last", "factor", "since", "stages", "each"),
        "large": ("node", "size", "since", "gain"),
        "grows": ("node", "size", "since"),
        "even": ("first", "last", "factor", "node", "ratio"),
    }

    def look(self, view: "View") -> Frame:
        """Take some steps of the past again, then apply the rules."""
        from neurarium.optics import fading
        from neurarium.optics.retaken import moments
        from neurarium.optics.stage import stages, steepest

        network = view.network
        learning = [stage for stage in stages(network) if stage.parameters]
        if not learning:
            raise ProbeError("Nothing in this network learns.")
        found = moments(view, learning)
        numbers = [_count(network, stage) for stage in learning]
        seen = fading.Depth(
            nodes=[stage.path for stage in learning],
            units=[_units(stage) for stage in learning],
            numbers=numbers,
            steepest=[steepest(network, s) if s.activations else 1.0 for s in learning],
            gains=[_gain(network, stage) for stage in learning],
            moments=found,
            lr=view.job.optimizer.lr * view.job.schedule.factor(view.step, view.job.steps),
            tampered=bool(view.job.tampering),
        )
        sentence, values = fading.judge(seen)
        pictures = (
            marks("step", "", AXES[:1], np.array([each.step for each in found])),
            amounts("gradient", "", AXES, np.array([each.gradients for each in found])),
            amounts("ratio", "", AXES, np.array([each.ratios for each in found])),
            shares("saturated", "", AXES, np.array([each.saturated for each in found])),
            shares("silent", "", AXES, np.array([each.silent for each in found])),
        )
        details: dict[str, Any] = {"nodes": seen.nodes, "numbers": numbers}
        return Frame(view.step, pictures, self.say(sentence, **values), details=details)


def _count(network: "Network", stage: "Stage") -> int:
    return sum(network.get_parameter(path).numel() for path in stage.parameters)


def _units(stage: "Stage") -> int:
    return stage.spec.shape[unit_axis(stage.spec)] if stage.spec.shape else 1


def _gain(network: "Network", stage: "Stage") -> float:
    """Say what a stage's weights make of the numbers of a random gradient on their way back; 1 without matrices."""
    matrices = [network.get_parameter(path).detach() for path in stage.parameters]
    gains = [
        float(matrix.norm()) / math.sqrt(matrix.shape[1]) for matrix in matrices if matrix.ndim > 1
    ]
    return gains[0] if gains else 1.0
