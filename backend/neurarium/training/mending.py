"""What would make a network's answer fit its task: the width of the layer that the answer comes from."""

from typing import NamedTuple

from neurarium_models.graph import Graph
from neurarium_models.layers.linear import Linear
from neurarium_models.layout import lay_out


class Remedy(NamedTuple):
    """Settings of a node that would work."""

    node: str
    settings: dict[str, int | str]


def answering(graph: Graph, units: int) -> Remedy | None:
    """Find the dense layer behind a network's only output, and give it so many units.

    None where another layer decides how many numbers come out, or where that layer stands in a repeated block.
    """
    layout = lay_out(graph, fold=False)
    places = {place.path: place for place in layout.places}
    (answer, *others) = layout.outputs.values()
    place = places.get(answer.source)
    while place is not None and place.layer.elementwise and place.values[0] is not None:
        place = places.get(place.values[0].source)
    if others or place is None or not isinstance(place.layer, Linear):
        return None
    if answer.spec is None or len(answer.spec.shape) != 1:
        return None
    if any(step.isdigit() for step in place.path.split(".")):
        return None
    return Remedy(place.path, {"out_features": units})
