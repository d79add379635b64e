"""How deep a network is: layers with weights, one behind the other, on the longest way through it."""

from neurarium_models.graph import Graph
from neurarium_models.layout import Layout, Place, lay_out


def unfolded(graph: Graph) -> Layout:
    """Walk through every repetition by itself; where that is too much, equal ones are walked through once."""
    layout = lay_out(graph, fold=False)
    return layout if layout.places else lay_out(graph, fold=True)


def has_weights(place: Place) -> bool:
    """Whether it learns a matrix, a window or a table; a scale and a shift for each channel are not counted."""
    shapes = place.layer.parameter_shapes(*place.specs) if place.fits else {}
    return any(len(shape) > 1 for shape in shapes.values())


def levels(layout: Layout) -> dict[str, int]:
    """Say of each place how many layers with weights lie on the longest way to it, itself included."""
    found: dict[str, int] = {}
    for place in layout.places:
        before = (found.get(_origin(value.source), 0) for value in place.values if value)
        found[place.path] = max(before, default=0) + place.repeat * has_weights(place)
    return found


def depth(layout: Layout) -> int:
    """Count the layers with weights on the longest way through a network; papers give this as their number."""
    return max(levels(layout).values(), default=0)


def _origin(source: str) -> str:
    return source.partition(":")[0]
