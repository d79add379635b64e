"""What dropout left out in the last step."""

from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from neurarium.probe import Frame, Picture, Probe, ProbeError, marks, signed

if TYPE_CHECKING:
    from neurarium.training.view import View
    from neurarium_models.layout import Place
    from neurarium_models.network import Network


class Mask(Probe):
    """Which numbers dropout set to 0 for one example in the very step that led here, and what became of the others.

    The pinned example is shown if it was in that minibatch, else the first that was.
    """

    kind: Literal["mask"] = "mask"
    observes_step: ClassVar = True
    most: int = Field(
        default=4096,
        ge=1,
        le=65536,
        description="At most so many numbers are shown, the first ones.",
    )
    says: ClassVar = {
        "dropped": ("example", "off", "count", "share", "p"),
        "instead": ("example", "asked", "off", "count", "share", "p"),
    }

    def look(self, view: "View") -> Frame:
        """Read what the step has noted down."""
        from neurarium.optics.passes import numbers

        place = _find(view.network, self.node)
        seen = view.observation
        dropped = None if seen is None else seen.dropped.get(place.path)
        if seen is None or dropped is None:
            raise ProbeError(
                "No step has been taken yet, so nothing was dropped."
                if view.step == 0
                else "The step that led here was not watched. Take another one."
            )
        row, is_asked = self._row(seen.ids)
        example = int(seen.ids[row])
        spec = next(iter(place.outputs.values()))
        told: list[NDArray[Any]] = [
            numbers(each[row]).reshape(spec.shape)
            for each in (dropped.factors, dropped.input, dropped.output)
        ]
        factors, given, made = told
        kept: NDArray[np.bool_] = factors != 0
        values = {
            "off": int((~kept).sum()),
            "count": int(kept.size),
            "share": float((~kept).mean()),
            "p": dropped.p,
        }
        reading = (
            self.say("dropped", example=example, **values)
            if is_asked
            else self.say("instead", example=example, asked=self.example or 0, **values)
        )
        shown = slice(0, self.most)
        pictures: tuple[Picture, ...] = (
            marks("mask", place.path, ("U",), kept.reshape(-1)[shown]),
            signed("input", place.path, ("U",), given.reshape(-1)[shown]),
            signed("output", place.path, ("U",), made.reshape(-1)[shown]),
        )
        details = {
            "axes": list(spec.axes),
            "shape": list(spec.shape),
            "factor": float(factors.max()),
            "left_out": max(0, int(kept.size) - self.most),
            "batch": len(seen.ids),
        }
        return Frame(view.step, pictures, reading, example, details=details)

    def _row(self, ids: NDArray[np.int64]) -> tuple[int, bool]:
        """Find the asked example in the minibatch, else its first; whether it is the one that was asked for."""
        rows = np.flatnonzero(ids == self.example) if self.example is not None else np.array([0])
        return (int(rows[0]), True) if len(rows) else (0, False)


def _find(network: "Network", path: str | None) -> "Place":
    """Find the dropout layer at a path, or in the stage there; without a path, the first of the network."""
    from torch.nn.modules.dropout import _DropoutNd

    from neurarium.optics.stage import find

    nodes = network.places if path is None else find(network, path).nodes
    found = [place for place in nodes if isinstance(network.get_submodule(place.path), _DropoutNd)]
    named = [place for place in found if place.path == path]
    if not found:
        where = "in this network" if path is None else f"in `{path}`"
        raise ProbeError(f"Nothing is dropped {where}: there is no dropout layer.")
    return (named or found)[0]
