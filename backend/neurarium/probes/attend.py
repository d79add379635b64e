"""One step of attention, number by number."""

from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from neurarium.probe import Frame, Picture, Probe, ProbeError, marks, shares, signed

if TYPE_CHECKING:
    from neurarium.optics.attention import Site
    from neurarium.optics.sentences import Sentences
    from neurarium.optics.step import Step
    from neurarium.training.view import View


AXES = {
    "query": ("D",),
    "direction": ("D",),
    "mixture": ("D",),
    "key": ("S", "D"),
    "value": ("S", "D"),
}
"""Axes of what has features; all else has one number for each place that is looked at."""


class Attend(Probe):
    """One word that attends: how well it fits each other word, what share that makes, and what is mixed of them."""

    kind: Literal["attend"] = "attend"
    rate: ClassVar = 5.0
    head: int = Field(default=0, ge=0, le=1023, description="Which head of the layer.")
    place: int = Field(default=0, ge=0, le=2**31, description="Which place asks, counted from 0.")
    says: ClassVar = {"takes": ("example", "node", "head", "word", "other", "weight")}

    def look(self, view: "View") -> Frame:
        """Send the example through once; take the numbers of one head at one place."""
        from neurarium.optics.attention import find
        from neurarium.optics.sentences import named, pinned
        from neurarium.optics.step import step

        site = find(view.network, self.node)
        example = pinned(view, self.example)
        self._check(site, example)
        found = step(view.network, site, example, self.head, self.place)
        tokens = named(view, example)
        details: dict[str, Any] = {
            **site.facts,
            "head": self.head,
            "place": self.place,
            "places": places(site, example),
            "score": found.score,
            "scale": found.scale,
            "tokens": tokens,
        }
        reading = self.say(
            "takes",
            example=example.example,
            node=site.path,
            head=self.head + 1,
            word=called(tokens.get(site.query, []), self.place, None),
            other=called(tokens.get(site.key, []), found.strongest, site.grid),
            weight=float(found.arrays["weight"][found.strongest]),
        )
        return Frame(view.step, _pictures(site, found), reading, example.example, details=details)

    def _check(self, site: "Site", example: "Sentences") -> None:
        site.check(self.head)
        count = places(site, example)
        if self.place >= count:
            raise ProbeError(
                f"In this example {count} places ask at `{site.path}`, counted from 0: "
                f"there is no place {self.place}."
            )


def places(site: "Site", example: "Sentences") -> int:
    """Count the places of the example that ask."""
    spec = site.place.specs[0]
    return example.lengths.get(site.query, 0 if spec is None else spec.shape[0])


def called(tokens: list[str], place: int, grid: tuple[int, int] | None) -> str:
    """Name a place by its word, by row and column, or else by its number."""
    if grid is not None:
        row, column = divmod(place, grid[1])
        return f"({row + 1}, {column + 1})"
    return tokens[place] if place < len(tokens) else str(place)


def _pictures(site: "Site", found: "Step") -> tuple[Picture, ...]:
    return tuple(_picture(site.path, name, values) for name, values in found.arrays.items())


def _picture(node: str, name: str, values: NDArray[Any]) -> Picture:
    if values.dtype.kind == "b":
        return marks(name, node, ("S",), values)
    if name == "weight":
        return shares(name, node, ("S",), values)
    return signed(name, node, AXES.get(name, ("S",)), np.ascontiguousarray(values))
