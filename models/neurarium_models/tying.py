"""Parameters that are one tensor: an embedding that is also the output layer, layers that share their weights."""

import math

from neurarium_models.graph import Graph
from neurarium_models.layout import Fold, Layout, Place
from neurarium_models.problem import Problem


def check_ties(graph: Graph, layout: Layout) -> tuple[int, list[Problem]]:
    """Count the numbers that a folded network saves by tying, and list what is wrong with the ties."""
    places = {place.path: place for place in layout.places}
    folds: dict[str, list[Fold]] = {}
    for fold in layout.folds:
        folds.setdefault(fold.path, []).append(fold)
    problems: list[Problem] = []
    seen: set[str] = set()
    saved = 0
    for owner, *others in graph.tied:
        shape = _shape(owner, places, folds, seen, problems)
        for path in others:
            other = _shape(path, places, folds, seen, problems)
            if shape is None or other is None:
                continue
            if other != shape:
                message = f"`{path}` is {_written(other)}, but `{owner}` is {_written(shape)}: only equal shapes can be tied."
                problems.append(Problem(node=path, message=message))
            else:
                saved += math.prod(shape)
    return saved, problems


def _shape(
    path: str,
    places: dict[str, Place],
    folds: dict[str, list[Fold]],
    seen: set[str],
    problems: list[Problem],
) -> tuple[int, ...] | None:
    """Look up the shape of a tied parameter; None where it is missing, tied twice, or not known."""
    place, name = _find(path, places, folds)
    if path in seen:
        problems.append(
            Problem(
                node=path, message=f"`{path}` is tied twice. Put all that are one into one group."
            )
        )
        return None
    seen.add(path)
    if place is None:
        problems.append(
            Problem(node=path, message=f"No layer of the network has a parameter `{path}`.")
        )
        return None
    if not place.fits:
        return None
    shapes = place.layer.parameter_shapes(*place.specs)
    if name not in shapes:
        has = ", ".join(f"`{known}`" for known in shapes) or "none"
        problems.append(
            Problem(
                node=path, message=f"{place.layer.kind} has no parameter `{name}`. It has: {has}."
            )
        )
    return shapes.get(name)


def _find(
    path: str, places: dict[str, Place], folds: dict[str, list[Fold]]
) -> tuple[Place | None, str]:
    """Split a parameter path into a place, the first of its equals, and the parameter's name there."""
    steps = path.split(".")
    prefix = ""
    while steps:
        here = prefix + steps.pop(0)
        if here in places:
            return places[here], ".".join(steps)
        prefix = here + "."
        equals = folds.get(here, [])
        if equals and equals[0].first is not None:
            number = steps.pop(0) if steps else ""
            first = next((f.first for f in equals if _holds(f, number)), None)
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
