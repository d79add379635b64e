"""Weights over time."""

from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from neurarium.probe import Frame, Probe, ProbeError, Reading, marks, signed

if TYPE_CHECKING:
    from torch import Tensor

    from neurarium.optics.stage import Stage
    from neurarium.training.view import View

Row = NDArray[np.float64]


class History(Probe):
    """The weights of one unit, or its filters, at every snapshot of the run, up to now."""

    kind: Literal["history"] = "history"
    rate: ClassVar = 2.0
    unit: int = Field(default=0, ge=0, le=2**31, description="Which unit of the stage.")
    says: ClassVar = {
        "travelled": ("node", "unit", "index", "name", "before", "now", "since"),
        "began": ("node", "unit", "inputs"),
    }

    def look(self, view: "View") -> Frame:
        """Read the unit's row of each parameter, or its filters, out of every snapshot and of the present."""
        from neurarium.optics.kernel import has_kernels
        from neurarium.optics.stage import find

        stage = find(view.network, self.node, learns=True)
        if not stage.parameters:
            raise ProbeError(f"`{stage.path}` learns nothing, so it has no history.")
        rows = {path.rpartition(".")[2]: self._rows(view, path) for path in stage.parameters}
        if has_kernels(stage):
            steps, weights, names, details = self._filters(view, stage)
        else:
            steps, weights = rows.get("weight") or next(iter(rows.values()))
            names, details = self._names(view, stage, weights.shape[1])
        pictures = [
            marks("step", stage.path, ("S",), steps),
            signed("weight", stage.path, ("S", "I"), weights),
        ]
        bias = rows["bias"][1] if "weight" in rows and "bias" in rows else None
        if bias is not None:
            pictures.append(signed("bias", stage.path, ("S",), bias[:, 0]))
        reading = self._reading(stage.path, names, steps, weights, bias)
        details |= {"unit": self.unit, "inputs": names}
        return Frame(view.step, tuple(pictures), reading, details=details)

    def _names(self, view: "View", stage: "Stage", count: int) -> tuple[list[str], dict[str, Any]]:
        from neurarium.optics.names import name
        from neurarium.optics.stage import home

        source = home(view.network, stage.sources[0]) if stage.sources else stage.path
        names = [name(view.job.dataset, source, number) for number in range(count)]
        return names, {"source": source}

    def _filters(
        self, view: "View", stage: "Stage"
    ) -> tuple[NDArray[np.int64], Row, list[str], dict[str, Any]]:
        """Take the unit's filters, one row for all its channels, and say how they lie in it."""
        from neurarium.optics.kernel import kernels

        known = {path: self._values(view, path) for path in stage.parameters}
        steps = sorted(set.intersection(*(set(values) for values in known.values())))
        if self.unit >= stage.spec.shape[0]:
            raise ProbeError(
                f"`{stage.path}` has {stage.spec.shape[0]:,} filters, counted from 0: "
                f"there is no filter {self.unit}."
            )
        rows = []
        for step in steps:
            tensors = {path: values[step] for path, values in known.items()}
            found = kernels(view.network, stage, [self.unit], tensors)
            channels = np.flatnonzero(found.connected[0])
            rows.append(found.weight[0, channels].reshape(-1))
        height, width = found.weight.shape[2:]
        names = [f"{found.source}.{channel}" for channel in channels for _ in range(height * width)]
        details = {"source": found.source, "channels": channels.tolist(), "window": [height, width]}
        return np.array(steps, dtype=np.int64), np.stack(rows), names, details

    def _values(self, view: "View", path: str) -> "dict[int, Tensor]":
        """List a parameter by step: at each snapshot at which it had its present shape, and now."""
        now = view.network.get_parameter(path).detach()
        known: dict[int, Tensor] = {}
        if view.past is not None:
            known = {
                int(step): tensor
                for step, tensor in zip(*view.past(path), strict=True)
                if step < view.step and tensor.shape == now.shape
            }
        return {**known, view.step: now}

    def _rows(self, view: "View", path: str) -> tuple[NDArray[np.int64], Row]:
        """Take one unit's row of a parameter at each snapshot, the present state last."""
        from neurarium.optics.passes import numbers

        known = {
            step: np.atleast_1d(numbers(value)) for step, value in self._values(view, path).items()
        }
        count = len(known[view.step])
        if self.unit >= count:
            raise ProbeError(
                f"`{path}` has {count} rows, counted from 0: there is no unit {self.unit}."
            )
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
