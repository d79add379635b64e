"""The plane as the network bends it."""

from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from neurarium.probe import Frame, Picture, Probe, ProbeError, Reading, signed

if TYPE_CHECKING:
    from torch import Tensor

    from neurarium.optics.spaces import Projection
    from neurarium.optics.stage import Stage
    from neurarium.training.view import View

Rows = NDArray[np.float64]
MOST = 16
"""Stages shown at once, where no node was asked for."""


class Hidden(Probe):
    """Where every example lies in the space of each hidden stage, and how the grid of the plane was bent to get there.

    Two axes are shown of each space. In the last one, before a single output unit, the first is that unit's sum: the
    straight line at 0 is where the answer changes.
    """

    kind: Literal["hidden"] = "hidden"
    rate: ClassVar = 5.0
    says: ClassVar = {
        "line": ("stages", "wrong", "count"),
        "kept": ("stages", "node", "kept"),
    }

    def look(self, view: "View") -> Frame:
        """Send examples and grid through, and project what every hidden stage puts out."""
        from neurarium.optics.everyone import watch
        from neurarium.optics.examples import gather
        from neurarium.optics.ground import POINTS
        from neurarium.optics.stage import find, hidden, stages

        words = view.network.graph.reads_tokens
        between = [each for each in hidden(view.network) if not words or len(each.spec.axes) == 1]
        chosen = between[:MOST] if self.node is None else [find(view.network, self.node)]
        if not chosen or chosen[0].is_output:
            raise ProbeError(
                "This is no hidden stage: what it says is the answer itself."
                if chosen
                else "This network has no hidden stage of one point: nothing bends a space before the answer."
            )
        if words and len(chosen[0].spec.axes) > 1:
            raise ProbeError(
                f"`{chosen[0].path}` says something at each of many places: that is no one point."
            )
        last = {stage.sources[0]: stage for stage in stages(view.network) if _is_sole_unit(stage)}
        paths = [stage.end for stage in chosen]
        taps = watch(view, paths)
        lines = _lines(view, paths)
        guide = gather(view.examples).arrays.get("position")

        pictures: list[Picture] = []
        kept: dict[str, float] = {}
        for stage in chosen:
            points = _flat(taps[stage.end])
            found, origin = _project(view, points, last.get(stage.end), guide)
            pictures.append(signed("position", stage.path, ("N", "A"), found(points) + origin))
            kept[stage.path] = found.kept
            if lines is not None:
                grid = found(_flat(lines[stage.end])) + origin
                pictures.append(
                    signed("grid", stage.path, ("L", "P", "A"), grid.reshape(-1, POINTS, 2))
                )
        separated = [stage.path for stage in chosen if stage.end in last]
        details = {"kept": kept, "separated": separated, "left_out": max(0, len(between) - MOST)}
        return Frame(
            view.step, tuple(pictures), self._reading(view, kept, separated), details=details
        )

    def _reading(self, view: "View", kept: dict[str, float], separated: list[str]) -> Reading:
        from neurarium.optics.answers import ask

        right = ask(view).right if separated else None
        if right is not None:
            return self.say("line", stages=len(kept), wrong=int((~right).sum()), count=len(right))
        node = list(kept)[-1]
        return self.say("kept", stages=len(kept), node=node, kept=kept[node])


def _is_sole_unit(stage: "Stage") -> bool:
    return stage.is_output and stage.spec.size == 1 and len(stage.sources) == 1


def _lines(view: "View", paths: list[str]) -> "dict[str, Tensor] | None":
    """Send the grid through, if the examples lie on any ground."""
    from neurarium.optics.ground import find_ground
    from neurarium.optics.passes import see

    ground = find_ground(view)
    if ground is None:
        return None
    return see(view, view.inputs(ground.dataset.encode(ground.grid().reshape(-1, 2))), paths)[1]


def _project(
    view: "View", points: Rows, reader: "Stage | None", guide: "NDArray[Any] | None"
) -> "tuple[Projection, Rows]":
    """Choose two axes, and where the origin of the picture lies from the points' middle."""
    from neurarium.optics.spaces import beside, principal

    if reader is not None:
        weights, bias = _reads(view, reader)
        if weights is not None:
            found = beside(points, weights, guide)
            return found, np.array([found.middle @ weights + bias, 0.0])
    return principal(points, guide), np.zeros(2)


def _reads(view: "View", reader: "Stage") -> tuple[Rows | None, float]:
    """Find weights and bias of a unit that reads a whole stage; None if it does more than to add up."""
    from neurarium.optics.arithmetic import work_out
    from neurarium.optics.cell import locate
    from neurarium.optics.examples import gather

    first = view.inputs(gather(view.examples).pick(slice(0, 1)))
    try:
        terms = work_out(view, reader, locate(reader, 0, None), first)
    except ProbeError:
        return None, 0.0
    return terms.weight, terms.bias


def _flat(tensor: "Tensor") -> Rows:
    from neurarium.optics.passes import numbers

    wide: Rows = numbers(tensor).reshape(len(tensor), -1).astype(np.float64)
    return wide
