"""What a stage looks for: its filters as pictures."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from pydantic import Field

from neurarium.probe import Frame, Picture, Probe, ProbeError, Reading, marks, signed

if TYPE_CHECKING:
    from neurarium.optics.kernel import Kernels
    from neurarium.optics.stage import Stage
    from neurarium.training.view import View

MOST = 32
"""Filters, and channels of each, that are shown at once."""
AXES = ("O", "I", "H", "W")


class Filter(Probe):
    """The filters of a stage, for each map and channel, on one scale; of one unit also what the last step told them."""

    kind: Literal["filter"] = "filter"
    rate: ClassVar = 4.0
    observes_step: ClassVar = True
    unit: int | None = Field(
        default=None, ge=0, le=2**31, description="One unit alone; none: all, some at a time."
    )
    first: int = Field(
        default=0, ge=0, le=2**31, description="The first unit that is shown, where there are many."
    )
    channel: int = Field(
        default=0, ge=0, le=2**31, description="The first channel that is shown of each."
    )
    says: ClassVar = {
        "strongest": ("node", "kernels", "height", "width", "unit", "source", "channel", "length"),
    }

    def look(self, view: "View") -> Frame:
        """Differentiate a cell by its window."""
        from neurarium.optics.kernel import has_kernels, kernels
        from neurarium.optics.stage import find, stages

        path = self.node or next((s.path for s in stages(view.network) if has_kernels(s)), None)
        stage = find(view.network, path, learns=True)
        count = stage.spec.shape[0] if stage.spec.shape else 1
        first = self.first if self.unit is None else self.unit
        units = range(first, min(count, first + MOST) if self.unit is None else first + 1)
        if first >= count:
            raise ProbeError(
                f"`{stage.path}` has {count:,} filters, counted from 0: there is no filter {first}."
            )
        found = kernels(view.network, stage, units)
        channels = found.weight.shape[1]
        if self.channel >= channels:
            raise ProbeError(
                f"A filter of `{stage.path}` looks at {channels:,} channels, counted from 0: "
                f"there is no channel {self.channel}."
            )
        shown = slice(self.channel, self.channel + MOST)
        pictures = [
            signed("weight", stage.path, AXES, found.weight[:, shown], "float32"),
            marks("connected", stage.path, AXES[:2], found.connected[:, shown]),
            *self._moves(view, stage, units, shown),
        ]
        details = {
            "source": found.source,
            "first": first,
            "channel": self.channel,
            "units": count,
            "channels": channels,
        }
        reading = self._reading(stage, found, first)
        return Frame(view.step, tuple(pictures), reading, details=details)

    def _moves(
        self, view: "View", stage: "Stage", units: Sequence[int], shown: slice
    ) -> list[Picture]:
        """Show the gradient and the change of one unit's filters, if the step that led here was observed."""
        from neurarium.optics.kernel import kernels

        if view.observation is None or self.unit is None:
            return []
        told = (("grad", view.observation.gradients), ("update", view.observation.updates))
        return [
            signed(
                name,
                stage.path,
                AXES,
                kernels(view.network, stage, units, tensors).weight[:, shown],
                "float32",
            )
            for name, tensors in told
            if set(stage.parameters) <= tensors.keys()
        ]

    def _reading(self, stage: "Stage", found: "Kernels", first: int) -> Reading:
        lengths = np.sqrt((found.weight**2).sum(axis=(2, 3)))
        unit, channel = np.unravel_index(int(np.argmax(lengths)), lengths.shape)
        return self.say(
            "strongest",
            node=stage.path,
            kernels=int(found.connected.sum()),
            height=found.weight.shape[2],
            width=found.weight.shape[3],
            unit=first + int(unit),
            source=found.source,
            channel=int(channel),
            length=float(lengths[unit, channel]),
        )
