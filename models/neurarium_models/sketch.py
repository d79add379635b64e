"""A network in few strokes: how large what flows is, from one layer with weights to the next."""

from pydantic import Field

from neurarium_models.depth import has_weights, levels
from neurarium_models.graph import Graph
from neurarium_models.inspect import Record
from neurarium_models.layout import Layout


class Stroke(Record):
    """What comes out of one layer with weights, or into the network."""

    level: int = Field(
        description="How many layers with weights lie on the longest way to it; 0: it comes in."
    )
    shape: tuple[int, ...] = Field(description="Of what flows there, one example of it.")


def sketch(graph: Graph, layout: Layout) -> list[Stroke]:
    """Draw what comes in, and behind it every layer with weights; those of one level stand side by side."""
    level = levels(layout)
    given = [Stroke(level=0, shape=spec.shape) for spec in graph.inputs.values()]
    return given + [
        Stroke(level=level[place.path], shape=next(iter(place.outputs.values())).shape)
        for place in layout.places
        if has_weights(place)
    ]
