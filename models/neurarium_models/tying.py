"""Parameters that are one tensor: an embedding that is also the output layer, layers that share their weights."""

import math

from neurarium_models.graph import Graph
from neurarium_models.layout import Fold, Layout, Place
from neurarium_models.problem import Problems


def check_ties(graph: Graph, layout: Layout, problems: Problems) -> int:
    """Count the numbers that a folded network saves by tying, and note what is wrong with the ties."""
    register = _Register(layout)
    seen: set[str] = set()
    saved = 0
    for group in graph.tied:
        shapes = {path: register.shape(path, problems) for path in group}
        for path in group:
            if path in seen:
                message = f"`{path}` is tied twice. Put all that are to be one into one group."
                problems.add(path, message)
            seen.add(path)
        owner, shape = group[0], shapes[group[0]]
        for path, other in shapes.items():
            if path == owner or shape is None or other is None:
                continue
            saved += math.prod(shape)
            if other != shape:
                message = (
                    f"`{path}` is {_written(other)}, but `{owner}` is {_written(shape)}: only parameters of "
                    "equal shapes can be tied."
                )
                problems.add(path, message)
    return saved


class _Register:
    """Where the parameters of a folded layout are found by their paths."""

    def __init__(self, layout: Layout) -> None:
        self.places = {place.path: place for place in layout.places}
        self.folds: dict[str, list[Fold]] = {}
        for fold in layout.folds:
            self.folds.setdefault(fold.path, []).append(fold)

    def shape(self, path: str, problems: Problems) -> tuple[int, ...] | None:
        """Look up the shape of a parameter; None where there is none, which is noted, or where it is not known."""
        place, name = self.find(path)
        if place is None:
            problems.add(path, f"No layer of the network has a parameter `{path}`.")
            return None
        if not place.fits:
            return None
        shapes = place.layer.parameter_shapes(*place.specs)
        if name not in shapes:
            has = ", ".join(f"`{known}`" for known in shapes) or "none"
            problems.add(path, f"{place.layer.kind} has no parameter `{name}`. It has: {has}.")
        return shapes.get(name)

    def find(self, path: str) -> tuple[Place | None, str]:
        """Split a parameter path into a place, the first of its equals, and the parameter's name there."""
        steps = path.split(".")
        prefix = ""
        while steps:
            here = prefix + steps.pop(0)
            if here in self.places:
                return self.places[here], ".".join(steps)
            prefix = here + "."
            equals = self.folds.get(here, [])
            if equals and equals[0].first is not None:
                number = steps.pop(0) if steps else ""
                first = next((fold.first for fold in equals if _holds(fold, number)), None)
                if first is None:
                    break
                prefix += f"{first}."
        return None, ""


def _holds(fold: Fold, number: str) -> bool:
    """Whether a repetition, by its number as written, is among those of a fold."""
    first = fold.first or 0
    return (
        number.isdecimal()
        and str(int(number)) == number
        and first <= int(number) < first + fold.count
    )


def _written(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape)) or "a single number"
