"""The examples themselves."""

from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from neurarium.dataset import ClassTarget, Dataset, RealTarget
from neurarium.pairs import Targets
from neurarium.plane import DOMAIN, FEATURES, PlaneDataset
from neurarium.probe import Frame, Picture, Probe, Reading, marks, shares, signed
from neurarium_models.tensor import TensorSpec

if TYPE_CHECKING:
    from neurarium.optics.examples import Gathering
    from neurarium.training.view import View

SHOWN = 64
"""Examples whose inputs are shown at once where they are no points,"""
CELLS = 2**18
"""unless all of them together have no more numbers than this."""


class Data(Probe):
    """All examples: where they lie or how they look, what is to be learned of them, and which are held out."""

    kind: Literal["data"] = "data"
    rate: ClassVar = 1.0
    first: int = Field(
        default=0, ge=0, le=2**31, description="The first example shown, where they are no points."
    )
    says: ClassVar = {
        "classes": ("train", "validation", "classes", "chance"),
        "numbers": ("train", "validation", "least", "greatest"),
        "inputs": ("train", "validation"),
    }

    def look(self, view: "View") -> Frame:
        """List the examples as they are at this step, with the edits of points."""
        from neurarium.optics.examples import gather

        everything = gather(view.examples)
        dataset, target = view.job.dataset, view.job.dataset.target()
        pictures = [
            marks("id", "", ("N",), everything.ids),
            marks("held_out", "", ("N",), everything.held_out),
            *self._inputs(view, everything),
            *_targets(everything, target),
        ]
        details = {
            "classes": list(target.names) if isinstance(target, ClassTarget) else [],
            "first": self._start(view, len(everything)) or 0,
            "features": _features(dataset),
            "domain": list(DOMAIN) if "position" in everything.arrays else None,
            "scene": dataset.scene() if isinstance(dataset, Targets) else (),
            "vocabularies": {
                name: {
                    "words": list(vocabulary.words),
                    "spaced": vocabulary.spaced,
                    "merges": vocabulary.merges,
                }
                for name, vocabulary in dataset.vocabularies().items()
            },
        }
        return Frame(view.step, tuple(pictures), self._reading(everything, target), details=details)

    def _inputs(self, view: "View", everything: "Gathering") -> list[Picture]:
        """Show positions, or else some examples of every input of the network."""
        if "position" in everything.arrays:
            node = next(iter(view.job.graph.inputs))
            return [
                signed("position", node, ("N", "X"), everything.arrays["position"], reach=DOMAIN[1])
            ]
        start = self._start(view, len(everything))
        rows = slice(start, None if start is None else start + SHOWN)
        # Where sentences end is seen in their words: masks would only be twice as much to send.
        return [
            _shown(name, spec, everything.arrays[name][rows])
            for name, spec in view.job.graph.inputs.items()
            if spec.dtype != "bool"
        ]

    def _start(self, view: "View", count: int) -> int | None:
        """Say from which example on inputs are shown; None: all of them are."""
        greatest = max(spec.size for spec in view.job.graph.inputs.values())
        return None if count * greatest <= CELLS else self.first

    def _reading(self, everything: "Gathering", target: Any) -> Reading:
        held_out = int(everything.held_out.sum())
        counts = {"train": len(everything) - held_out, "validation": held_out}
        if isinstance(target, ClassTarget):
            labels = everything.arrays["y"][everything.held_out if held_out else slice(None)]
            chance = float(np.bincount(labels, minlength=1).max() / len(labels))
            return self.say("classes", **counts, classes=len(target.names), chance=chance)
        if isinstance(target, RealTarget):
            least, greatest = (float(end(everything.arrays["y"])) for end in (np.min, np.max))
            return self.say("numbers", **counts, least=least, greatest=greatest)
        return self.say("inputs", **counts)


def _targets(everything: "Gathering", target: Any) -> list[Picture]:
    if isinstance(target, ClassTarget):
        return [marks("label", "", ("N",), everything.arrays["y"])]
    if isinstance(target, RealTarget):
        return [signed("target", "", ("N", "K"), everything.arrays["y"])]
    return []


def _shown(name: str, spec: TensorSpec, values: NDArray[Any]) -> Picture:
    if values.dtype.kind != "f":
        return marks("input", name, ("N", *spec.axes), values)
    if spec.axes[-2:] == ("H", "W"):
        return shares("image", name, ("N", *spec.axes), values, "uint8")
    return signed("input", name, ("N", *spec.axes), values)


def _features(dataset: Dataset) -> list[dict[str, Any]]:
    """Tell what a network can be told of a point, and what this one is told."""
    if not isinstance(dataset, PlaneDataset):
        return []
    return [{"name": name, "used": name in dataset.features} for name in FEATURES]
