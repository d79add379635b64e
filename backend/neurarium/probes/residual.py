"""What each sub-layer writes into the residual stream."""

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from neurarium.probe import Frame, Picture, Probe, Reading, amounts, signed

if TYPE_CHECKING:
    from neurarium.optics.stream import Addition
    from neurarium.training.view import View

MOST = 256
"""Additions shown at once."""
Measures = dict[str, NDArray[np.float64]]


class Residual(Probe):
    """The residual stream of the pinned example: its length at each word, and what each sub-layer adds to it.

    Every sub-layer reads the stream and writes into it by addition (Elhage et al. 2021, A Mathematical Framework for
    Transformer Circuits). The cosine says whether what it writes goes along with the stream (1), across (0) or against
    it (-1).
    """

    kind: Literal["residual"] = "residual"
    rate: ClassVar = 4.0
    says: ClassVar = {"most": ("example", "node", "share", "cosine", "count")}

    def look(self, view: "View") -> Frame:
        """Send the example through once, and measure both summands of every addition."""
        from neurarium.optics.passes import numbers, see
        from neurarium.optics.sentences import named, pinned
        from neurarium.optics.stream import additions, measured

        known = additions(view.network)
        chosen = known[:MOST]
        example = pinned(view, self.example)
        read = {name for each in chosen for name in (each.stream, each.written)}
        _, taps = see(view, example.batch, read)
        found: list[Measures] = []
        for each in chosen:
            told = measured(each, taps, example.lengths.get(each.input))
            found.append({name: numbers(x).astype(np.float64) for name, x in told.items()})
        pictures = tuple(
            picture
            for each, measures in zip(chosen, found, strict=True)
            for picture in _pictures(each, measures)
        )
        details = {
            "nodes": [each.facts for each in chosen],
            "tokens": named(view, example),
            "left_out": len(known) - len(chosen),
        }
        reading = self._reading(chosen, found, example.example)
        return Frame(view.step, pictures, reading, example.example, details=details)

    def _reading(
        self, chosen: "tuple[Addition, ...]", found: list[Measures], example: int
    ) -> Reading:
        """Name the layer that writes most, beside what the stream is there."""
        shares = [float(each["written"].sum() / (each["stream"].sum() or 1.0)) for each in found]
        most = int(np.argmax(shares))
        return self.say(
            "most",
            example=example,
            node=chosen[most].writer,
            share=shares[most],
            cosine=float(found[most]["cosine"].mean()),
            count=len(chosen),
        )


def _pictures(addition: "Addition", measures: Measures) -> list[Picture]:
    return [
        amounts("stream", addition.path, ("T",), measures["stream"]),
        amounts("written", addition.path, ("T",), measures["written"]),
        signed("cosine", addition.path, ("T",), measures["cosine"], reach=1.0),
    ]
