"""A recurrent layer through time."""

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from neurarium.probe import Frame, Picture, Probe, Reading, amounts, shares, signed

if TYPE_CHECKING:
    from torch import Tensor

    from neurarium.optics.passes import Tensors
    from neurarium.optics.recurrence import Site
    from neurarium.training.view import View

MOST = 16
"""Nodes shown at once, where none was asked for."""


class Recurrence(Probe):
    """A recurrent layer unrolled for the pinned example: its state and gates at each place, and the gradient there."""

    kind: Literal["recurrence"] = "recurrence"
    rate: ClassVar = 4.0
    says: ClassVar = {
        "shrinks": ("example", "node", "places", "place", "factor"),
        "gone": ("example", "node", "places", "place"),
        "reaches": ("example", "node", "places", "place", "share"),
        "none": ("example", "node", "places"),
    }

    def look(self, view: "View") -> Frame:
        """Go through the sequence gate by gate; then differentiate the example's loss by every state."""
        from neurarium.optics.recurrence import explain, find, sites, slopes
        from neurarium.optics.sentences import named, pinned

        main = find(view.network, self.node)
        known = sites(view.network)
        chosen = known[:MOST] if self.node is None else (main,)
        example = pinned(view, self.example)
        told = explain(view.network, example.batch, chosen)
        flowing = slopes(view, example.batch, chosen)
        pictures: list[Picture] = []
        for site in chosen:
            count = example.lengths.get(site.input)
            pictures.extend(_gates(site, told[site.path], count))
            pictures.extend(
                amounts(f"{name}_gradient", site.path, ("T",), size)
                for name, size in _sizes(flowing[site.path], count).items()
            )
        details = {
            "nodes": [site.facts for site in chosen],
            "tokens": named(view, example),
            "left_out": len(known) - len(chosen),
        }
        sizes = _sizes(flowing[main.path], example.lengths.get(main.input))
        reading = self._reading(main, sizes[main.states[-1]], example.example)
        return Frame(view.step, tuple(pictures), reading, example.example, details=details)

    def _reading(self, site: "Site", size: NDArray[np.float64], example: int) -> Reading:
        """Compare what reaches the first place with the most that there is at any."""
        what: dict[str, float | int | str] = {
            "example": example,
            "node": site.path,
            "places": len(size),
        }
        if not len(size) or not size.any():
            return self.say("none", **what)
        first, most = float(size[0]), float(size.max())
        what["place"] = int(np.argmax(size)) + 1
        if not first:
            return self.say("gone", **what)
        if first < most / 2:
            return self.say("shrinks", **what, factor=most / first)
        return self.say("reaches", **what, share=first / most)


def _gates(site: "Site", told: "Tensors", count: int | None) -> list[Picture]:
    """Show what a node tells at each place: what has a sign, and gates from 0 to 1."""
    from neurarium.optics.passes import numbers

    pictures = []
    for name, values in told.items():
        if values.ndim != 3:  # the weights of a node that attends, which another probe shows
            continue
        array = np.ascontiguousarray(numbers(values[0])[:count])
        is_gate = name.endswith("_gate") and name not in {"cell_gate", "new_gate"}
        draw = shares if is_gate else signed
        pictures.append(draw(name, site.path, ("T", "D"), array))
    return pictures


def _sizes(flowing: "dict[str, Tensor]", count: int | None) -> dict[str, NDArray[np.float64]]:
    """Measure the gradient at each place by its norm."""
    from neurarium.optics.passes import numbers

    return {
        name: np.asarray(numbers(slope[:count].double().norm(dim=-1)), dtype=np.float64)
        for name, slope in flowing.items()
    }
