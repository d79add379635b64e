"""Whether long sentences are harder than short ones."""

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from neurarium.probe import Frame, Picture, Probe, ProbeError, Reading, marks, shares

if TYPE_CHECKING:
    from neurarium.optics.quality import Quality
    from neurarium.training.view import View

WIDTH = 5
"""Lengths that are counted together: 1 to 5, 6 to 10, ..."""


class Lengths(Probe):
    """How many held-out examples are right, by the length of what is read: where a bottleneck is, long ones suffer."""

    kind: Literal["lengths"] = "lengths"
    rate: ClassVar = 1.0
    most: int = Field(
        default=256, ge=1, le=2**31, description="Examples measured with, picked evenly."
    )
    says: ClassVar = {
        "falls": ("input", "count", "least", "greatest", "short", "long", "examples"),
        "one": ("input", "count", "least", "greatest", "short", "examples"),
    }

    def look(self, view: "View") -> Frame:
        """Measure each example by itself, with the right words told so far."""
        from neurarium.optics.examples import gather
        from neurarium.optics.quality import measure
        from neurarium.optics.sentences import marked

        name, counts = marked(view, gather(view.examples).arrays)
        if not name:
            raise ProbeError("All examples here are equally long: there is nothing to tell apart.")
        found = measure(view, self.most)
        lengths = counts[found.rows]
        first = np.unique((np.maximum(lengths, 1) - 1) // WIDTH) * WIDTH + 1
        bucket = np.searchsorted(first, lengths, side="right").clip(min=1) - 1
        number = np.bincount(bucket, minlength=len(first))
        pictures: list[Picture] = [
            marks("first", "", ("B",), first),
            marks("count", "", ("B",), number),
        ]
        for measure_, values in found.measures.items():
            mean = np.bincount(bucket, values, len(first)) / number
            pictures.append(shares(measure_, "", ("B",), mean))
        details = {"input": name, "width": WIDTH, "examples": len(lengths)}
        reading = self._reading(name, found, lengths, bucket)
        return Frame(view.step, tuple(pictures), reading, details=details)

    def _reading(
        self,
        name: str,
        found: "Quality",
        lengths: NDArray[np.int64],
        bucket: NDArray[np.int64],
    ) -> Reading:
        """Compare the shortest with the longest."""
        right = found.measures["accuracy"]
        ends = [bucket == each for each in (0, bucket.max())]
        what: dict[str, float | int | str] = {
            "input": name,
            "count": int(bucket.max()) + 1,
            "least": int(lengths.min()),
            "greatest": int(lengths.max()),
            "short": float(right[ends[0]].mean()),
        }
        if not bucket.any():
            return self.say("one", **what, examples=len(lengths))
        return self.say("falls", **what, long=float(right[ends[1]].mean()), examples=len(lengths))
