"""The plane as every unit sees it."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from neurarium.probe import Frame, Picture, Probe, Reading, marks, shares, signed, symmetric

if TYPE_CHECKING:
    from torch import Tensor

    from neurarium.optics.answers import Said
    from neurarium.optics.ground import Ground
    from neurarium.training.view import View

MOST = 64
"""Stages shown at once, where no node was asked for."""
LONG = 100
"""Cells along a side from which on it may take long."""
WIDEST = 256
"""Units of a stage that are shown."""


class Boundary(Probe):
    """What every unit says at every place of the plane, and where the network's answer changes."""

    kind: Literal["boundary"] = "boundary"
    size: int = Field(
        default=25,
        ge=8,
        le=160,
        description="How many cells there are along each side of the plane.",
    )
    says: ClassVar = {
        "sides": ("share",),
        "classes": ("name", "share", "confidence"),
        "heights": ("least", "greatest"),
        "node": ("node", "unit", "least", "greatest"),
    }

    @property
    def is_long(self) -> bool:
        """Whether the plane has so many cells that a wide network takes long."""
        return self.size > LONG

    def look(self, view: "View") -> Frame:
        """Send the middles of all cells through the network."""
        from neurarium.optics.answers import read
        from neurarium.optics.ground import need_ground
        from neurarium.optics.passes import see_many
        from neurarium.optics.stage import bounds, find, stages

        ground = need_ground(view)
        batch = ground.cells(view, self.size)
        inputs = [name for name in view.job.graph.inputs if self.node in (None, name)]
        known = stages(view.network)
        chosen = (
            known[:MOST] if self.node is None else [] if inputs else [find(view.network, self.node)]
        )
        paths = {stage.end for stage in chosen} | {stage.path for stage in chosen if self.node}
        outputs, taps = see_many(view, batch, paths, WIDEST)

        said = None
        pictures = []
        if self.node is None or any(stage.is_output for stage in chosen):
            said = read(view, outputs)
            at = next((stage.path for stage in known if stage.is_output), "")
            pictures = _answer(view, said, at, ground.axes, ground.shape(self.size))
        fields = [_features(name, _field(ground, self.size, batch[name])) for name in inputs]
        for stage in chosen:
            field = _field(ground, self.size, taps[stage.end])
            fields.append(_picture("field", stage.path, field, bounds(view.network, stage)))
            if self.node:
                fields.append(
                    _picture("sum", stage.path, _field(ground, self.size, taps[stage.path]))
                )
        details = {
            "size": self.size,
            "left_out": len(known) - MOST if len(known) > MOST and not self.node else 0,
        }
        return Frame(
            view.step, (*pictures, *fields), self._reading(view, said, fields), details=details
        )

    def _reading(
        self, view: "View", said: "Said | None", pictures: list[Picture]
    ) -> Reading | None:
        if said is None:
            field = pictures[0].values
            span = np.ptp(field.reshape(len(field), -1), axis=1)
            unit = int(np.argmax(span))
            return self.say("node", node=pictures[0].node, unit=unit, **_ends(field[unit]))
        if said.choice is None:
            return None if said.values is None else self.say("heights", **_ends(said.values))
        if said.answer is not None:
            return self.say("sides", share=float((said.choice == 1).mean()))
        counts = np.bincount(said.choice)
        most = int(counts.argmax())
        names: tuple[str, ...] = getattr(view.job.dataset.target(), "names", ())
        confidence = (
            0.0
            if said.probability is None
            else float(said.probability[said.choice == most, most].mean())
        )
        name = names[most] if most < len(names) else str(most)
        return self.say(
            "classes",
            name=name,
            share=float(counts[most] / len(said.choice)),
            confidence=confidence,
        )


def _field(ground: "Ground", size: int, values: "Tensor") -> NDArray[Any]:
    """Shape what comes out at all cells as one field for each unit."""
    from neurarium.optics.passes import numbers

    return numbers(values).T.reshape(-1, *ground.shape(size))


def _picture(
    name: str, node: str, field: NDArray[Any], limits: tuple[float, float] | None = None
) -> Picture:
    if field.ndim == 2:
        return signed(name, node, ("D", "X"), field)
    if limits is None:
        return signed(name, node, ("D", "Y", "X"), field, "uint8")
    return Picture(name, node, ("D", "Y", "X"), field, "uint8", "fixed", *limits)


def _features(node: str, field: NDArray[Any]) -> Picture:
    """Show each feature on a scale of its own: a sine and a square have nothing in common."""
    ends = tuple(symmetric(unit) for unit in field)
    return replace(
        _picture("field", node, field), scale="unit", lo=tuple(-end for end in ends), hi=ends
    )


def _answer(
    view: "View", said: "Said", node: str, axes: tuple[str, ...], shape: tuple[int, ...]
) -> list[Picture]:
    if said.answer is not None:
        reach = 1.0 if said.choice is not None else target_reach(view)
        dtype: Literal["uint8", "float32"] = "uint8" if len(shape) == 2 else "float32"
        return [signed("answer", node, axes, said.answer.reshape(shape), dtype, reach)]
    if said.choice is None or said.probability is None:
        return []
    confidence = said.probability.max(axis=1)
    return [
        marks("answer", node, axes, said.choice.reshape(shape)),
        shares("confidence", node, axes, confidence.reshape(shape), "uint8"),
    ]


def target_reach(view: "View") -> float:
    """Find the greatest target of the data: the scale of points and of answers, which does not move with training."""
    from neurarium.optics.examples import gather

    return symmetric(gather(view.examples).arrays["y"])


def _ends(values: NDArray[Any]) -> dict[str, float]:
    return {"least": float(values.min()), "greatest": float(values.max())}
