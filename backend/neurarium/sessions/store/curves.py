"""Curves as rows: up to a thousand points in each, as plain numbers."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from neurarium.sessions import limits
from neurarium.sessions.history import Curve, History

Row = dict[str, Any]


def rows(run: str, name: str, curve: Curve, first: int) -> Iterator[Row]:
    """Write the points of a curve from one of them on."""
    for start in range(first, len(curve), limits.CHUNK_POINTS):
        whole, real = curve.part(start, start + limits.CHUNK_POINTS)
        buckets = bool((whole[1] > 1).any())
        yield {
            "run": run,
            "name": name,
            "place": start,
            "points": whole.shape[1],
            "replicas": real.shape[2],
            "whole": whole.astype("<i8").tobytes(),
            "real": (real if buckets else real[:1]).astype("<f8").tobytes(),
            "buckets": int(buckets),
        }


def history(found: Iterable[Any]) -> History:
    """Read curves from their rows, which come in the order of their points."""
    read = History()
    for row in found:
        shape = (-1, row.points, row.replicas)
        whole = np.frombuffer(row.whole, "<i8").reshape(2, row.points)
        real = np.frombuffer(row.real, "<f8").reshape(shape)
        read.put(row.name, whole, real if row.buckets else np.repeat(real, 3, axis=0))
    return read
