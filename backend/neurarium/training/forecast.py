"""What another network would keep of what a run has learned, said before the run goes on with it."""

from pydantic import BaseModel, ConfigDict, Field

from neurarium.training.command import Fate
from neurarium.training.ways import Ways, fate_of
from neurarium_models.graph import Graph
from neurarium_models.layout import Place, lay_out

Shape = tuple[int, ...]


class TensorForecast(BaseModel):
    """One learned tensor of the old or the new network."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str = Field(description="Its name in the network: `conv1.weight`.")
    fate: Fate = Field(description="What would become of it.")
    before: Shape | None = Field(description="Its shape now; none: there is none of this name.")
    after: Shape | None = Field(description="Its shape then; none: it would be gone.")


def forecast(old: Graph, new: Graph) -> list[TensorForecast]:
    """Say for each tensor of two networks that can be built what would be kept of it.

    It follows from the shapes: the same ways are gone as when the run is changed. Those that would be gone come last.
    """
    ways = Ways(old, new, lambda lineage, moves: {})
    every, own = _shapes(old)
    _, learned = _shapes(new)
    found = []
    for path, shape in learned.items():
        source = every.get(ways.former(path))
        is_heir = source is not None and len(source) == len(shape)
        fate = fate_of(ways.of(path, source, shape)) if source is not None and is_heir else "new"
        found.append(TensorForecast(path=path, fate=fate, before=source, after=shape))
    kept = {ways.former(path) for path in learned}
    gone = {path: shape for path, shape in own.items() if path not in kept}
    for path, shape in gone.items():
        found.append(TensorForecast(path=path, fate="gone", before=shape, after=None))
    return found


def _shapes(graph: Graph) -> tuple[dict[str, Shape], dict[str, Shape]]:
    """List the shapes of all parameters by path, and of those that are one each once."""
    every: dict[str, Shape] = {}
    for place in _in_tree_order(lay_out(graph, fold=False).places):
        for name, shape in place.layer.parameter_shapes(*place.specs).items():
            every[f"{place.path}.{name}"] = shape
    own = dict(every)
    for group in graph.tied:
        first = next(path for path in every if path in group)
        for path in group:
            if path != first:
                own.pop(path, None)
    return every, own


def _in_tree_order(places: list[Place]) -> list[Place]:
    """Order places as torch names parameters: all that is in a block together, where its first layer stands."""
    first: dict[str, int] = {}
    for number, place in enumerate(places):
        for path in _ways_down(place.path):
            first.setdefault(path, number)
    return sorted(places, key=lambda place: [first[path] for path in _ways_down(place.path)])


def _ways_down(path: str) -> list[str]:
    """Name the blocks around a place, outer ones first, and the place: `blocks`, `blocks.0`, `blocks.0.dense`."""
    steps = path.split(".")
    return [".".join(steps[:count]) for count in range(1, len(steps) + 1)]
