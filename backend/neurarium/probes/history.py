"""Weights over time."""

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from neurarium.probe import Frame, Probe, ProbeError, Reading, marks, signed

if TYPE_CHECKING:
    from neurarium.training.view import View

Row = NDArray[np.float64]


class History(Probe):
    """The weights of one unit at every snapshot of the run, up to now."""

    kind: Literal["history"] = "history"
    rate: ClassVar = 2.0
    unit: int = Field(default=0, ge=0, le=2**31, description="Which unit of the stage.")
    says: ClassVar = {
        "travelled": ("node", "unit", "index", "name", "before", "now", "since"),
        "began": ("node", "unit", "inputs"),
    }

    def look(self, view: "View") -> Frame:
        """Read the unit's row of each parameter, out of every snapshot and of the present."""
        from neurarium.optics.names import name
        from neurarium.optics.stage import find, home

        stage = find(view.network, self.node, learns=True)
        if not stage.parameters:
            raise ProbeError(f"`{stage.path}` learns nothing, so it has no history.")
        rows = {path.rpartition(".")[2]: self._rows(view, path) for path in stage.parameters}
        steps, weights = rows.get("weight") or next(iter(rows.values()))
        pictures = [
            marks("step", stage.path, ("S",), steps),
            signed("weight", stage.path, ("S", "I"), weights),
        ]
        bias = rows["bias"][1] if "weight" in rows and "bias" in rows else None
        if bias is not None:
            pictures.append(signed("bias", stage.path, ("S",), bias[:, 0]))
        source = home(view.network, stage.sources[0]) if stage.sources else stage.path
        names = [name(view.job.dataset, source, number) for number in range(weights.shape[1])]
        reading = self._reading(stage.path, names, steps, weights, bias)
        details = {"unit": self.unit, "source": source, "inputs": names}
        return Frame(view.step, tuple(pictures), reading, details=details)

    def _rows(self, view: "View", path: str) -> tuple[NDArray[np.int64], Row]:
        """Take one unit's row of a parameter at each snapshot, the present state last."""
        from neurarium.optics.passes import numbers

        known: dict[int, Row] = {}
        if view.past is not None:
            steps, tensors = view.past(path)
            known = {
                int(step): np.atleast_1d(numbers(tensor))
                for step, tensor in zip(steps, tensors, strict=True)
            }
        now = np.atleast_1d(numbers(view.network.get_parameter(path)))
        if self.unit >= len(now):
            raise ProbeError(
                f"`{path}` has {len(now)} rows, counted from 0: there is no unit {self.unit}."
            )
        known = {
            step: value
            for step, value in known.items()
            if step < view.step and value.shape == now.shape
        }
        known[view.step] = now
        ordered = sorted(known)
        rows = np.stack([known[step][self.unit].reshape(-1).astype(np.float64) for step in ordered])
        return np.array(ordered, dtype=np.int64), rows

    def _reading(
        self, node: str, names: list[str], steps: NDArray[np.int64], weights: Row, bias: Row | None
    ) -> Reading:
        if len(steps) < 2:
            return self.say("began", node=node, unit=self.unit, inputs=len(names))
        every, all_names = weights, names
        if bias is not None:
            every, all_names = np.hstack([weights, bias]), [*names, "bias"]
        most = int(np.argmax(np.abs(every[-1] - every[0])))
        return self.say(
            "travelled",
            node=node,
            unit=self.unit,
            index=most,
            name=all_names[most],
            before=float(every[0, most]),
            now=float(every[-1, most]),
            since=int(steps[0]),
        )
